"""slidelens as it is, by the functions of its stages."""

from __future__ import annotations

from pathlib import Path

from slidelens.dataset.prepared import Prepared
from slidelens.learning.inference.loading import load_network
from slidelens.learning.inference.weights import save_weights
from slidelens.learning.mapping import prediction as mapping
from slidelens.learning.runtime import quiet_tensorflow
from slidelens.learning.training.fit import fit
from slidelens.learning.training.settings import Settings
from slidelens.params.schema import Params
from slidelens.types import Float32


def train(
    prepared: Prepared, params: Params, settings: Settings, start: Path | None, out: Path
) -> None:
    """Write weights and their metadata as the stages pretrain and finetune do."""
    quiet_tensorflow()
    fitted = fit(prepared, params, settings, out.name.split(".")[0], start, lambda *_: None)
    save_weights(fitted.network, fitted.metadata, out)


def map_ground(weights: Path, prepared: Prepared, params: Params) -> tuple[Float32, float]:
    """Return the map of the stage evaluate, and the threshold chosen on validation blocks."""
    quiet_tensorflow()
    metadata, network = load_network(weights)
    prediction = mapping.predict_dataset(prepared, metadata, network)
    return prediction.probability, metadata.threshold
