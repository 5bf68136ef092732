"""The generic weights of the package, for a first map of ground without any labels."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import slidelens.generic
from slidelens.api.inputs.inventories import PathLike
from slidelens.api.network import Network, load_weights
from slidelens.errors import ParamsError
from slidelens.escaping import printable

if TYPE_CHECKING:
    from slidelens.learning.tiling.tile_job import NetworkChoice

FOLDER = Path(slidelens.generic.__file__).parent
SCORES = FOLDER / "scores.json"
_LONGEST = 60  # characters of a text in a message
_WEIGHTS = FOLDER / "generic-rgb.weights.h5"


def generic_weights() -> Network:
    """Return the network whose weights come with slidelens.

    It maps images with the bands red, green and blue and pixels of 3 to 15 m. Its model card says
    what it was trained on and how good it is on regions that it has not seen.
    """
    return load_weights(_WEIGHTS)


def network_of(weights: Network | PathLike | None) -> Network:
    """Return a network as it is or by its weights file; for None that of the generic weights."""
    if weights is None:
        return generic_weights()
    return weights if isinstance(weights, Network) else load_weights(weights)


def is_generic(network: Network | NetworkChoice) -> bool:
    """Return whether the weights of a network are those that come with slidelens."""
    return network.path == _WEIGHTS


def licence_of(network: Network, licence: str) -> str:
    """Return the licence of weights that leave slidelens: what the user says, or that of its own.

    Args:
        network: The weights.
        licence: What the user says; empty if nothing.

    Raises:
        ParamsError: It has characters that cannot be printed.
    """
    if licence != printable(licence):
        raise ParamsError(
            f"licence (--licence) is {printable(licence)[:_LONGEST]}; write it in one line of plain"
            " text"
        )
    return licence or ("MIT" if is_generic(network) else "")


def describe_generic_weights() -> str:
    """Return one line that says what the generic weights are and how good they are."""
    return (
        "using the generic weights (red, green, blue; pixels of 3 to 15 m); F1 on ground left out"
        f" of their training: {_scores()}, elsewhere it may be far lower: check the map, and adapt"
        " the weights (`slidelens adapt`) or train your own"
    )


def describe_generic_scores() -> str:
    """Return sentences that say how good the generic weights are."""
    return (
        f"The generic weights had F1 {_scores()} on ground left out of their training; elsewhere it"
        " may be far lower. An image that they were trained on is no test: if this image is one of"
        " them, these scores do not hold for it."
    )


def _scores() -> str:
    regions = json.loads(SCORES.read_text(encoding="utf-8"))["regions"]
    return ", ".join(f"{name} {values['f1']:.2f}" for name, values in regions.items())
