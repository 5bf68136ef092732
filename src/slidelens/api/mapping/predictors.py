"""Load a network as a function of the tiles of a scene."""

from __future__ import annotations

from typing import cast

from slidelens.api.network import Network
from slidelens.learning.inference.tile_predictor import TilePredictor
from slidelens.learning.tiling.own_process import OwnProcessPredictor
from slidelens.learning.tiling.tile_job import NetworkChoice, load_once
from slidelens.learning.tiling.tile_loading import Engine, Precision


def load_predictor(
    network: Network,
    engine: Engine = "auto",
    precision: Precision = "auto",
    *,
    own_process: bool = False,
) -> TilePredictor:
    """Return a network as a function of one tile of a scene.

    Args:
        network: The network.
        engine: What computes it; "auto" for TensorFlow if it is installed, else OpenVINO.
        precision: Precision of the convolutions; "auto" for bfloat16 where that has been shown to
            keep the scores and the processor has it.
        own_process: Compute it in a process of its own.

    Raises:
        WeightsError: The weights cannot be read.
    """
    choice = NetworkChoice(network.path, network.metadata, engine, precision)
    return OwnProcessPredictor(choice) if own_process else load_once(choice)


def choice_of(network: Network, predictor: TilePredictor) -> NetworkChoice:
    """Return what another process needs to load a network as it was loaded here.

    Args:
        network: The network.
        predictor: What was loaded of it.
    """
    loaded = predictor.describe()
    return NetworkChoice(
        network.path.absolute(),
        network.metadata,
        cast("Engine", loaded["engine"]),
        cast("Precision", loaded["precision"]),
    )
