"""slidelens as it stands, by the functions of its stages."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from slidelens.geo.prepared import Prepared
from slidelens.learning import mapping
from slidelens.learning.fitting import fit, load_network
from slidelens.learning.training import Settings, quiet_tensorflow
from slidelens.learning.weights import save_weights
from slidelens.params import Params


def train(prepared: Prepared, params: Params, settings: Settings, start: Path | None, out: Path) -> None:
    """Weights, with their card, as the stages pretrain and finetune write them."""
    quiet_tensorflow()
    fitted = fit(prepared, params, settings, out.name.split(".")[0], start, lambda *_: None)
    save_weights(fitted.network, fitted.card, out)


def map_ground(weights: Path, prepared: Prepared, params: Params) -> tuple[NDArray[np.float32], float]:
    """Probability as the stage evaluate maps it, and the threshold chosen on validation blocks."""
    quiet_tensorflow()
    card, network = load_network(weights)
    return mapping.map_ground(prepared, card, network, params).probability, card.threshold
