"""slidelens as it stands, by the functions of its stages."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from slidelens.dataset.prepared import Prepared
from slidelens.learning.inference.loading import load_network
from slidelens.learning.inference.weights import save_weights
from slidelens.learning.mapping import prediction as mapping
from slidelens.learning.runtime import quiet_tensorflow
from slidelens.learning.training.fit import fit
from slidelens.learning.training.settings import Settings
from slidelens.params.schema import Params


def train(
    prepared: Prepared, params: Params, settings: Settings, start: Path | None, out: Path
) -> None:
    """Weights, with their card, as the stages pretrain and finetune write them."""
    quiet_tensorflow()
    fitted = fit(prepared, params, settings, out.name.split(".")[0], start, lambda *_: None)
    save_weights(fitted.network, fitted.card, out)


def map_ground(
    weights: Path, prepared: Prepared, params: Params
) -> tuple[NDArray[np.float32], float]:
    """Probability as the stage evaluate maps it, and the threshold chosen on validation blocks."""
    quiet_tensorflow()
    card, network = load_network(weights)
    return mapping.predict_dataset(prepared, card, network, params).probability, card.threshold
