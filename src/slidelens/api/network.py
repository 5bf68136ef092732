"""Load trained networks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import cast

from slidelens.api.inputs.inventories import PathLike
from slidelens.api.notebook import html_list
from slidelens.api.registry.fetching import SCHEME, fetch_weights
from slidelens.learning.inference.tile_predictor import TilePredictor
from slidelens.learning.inference.weights import WeightsMetadata, read_weights_metadata
from slidelens.learning.inference.windows import Predictor
from slidelens.learning.tiling.own_process import OwnProcessPredictor
from slidelens.learning.tiling.tile_job import NetworkChoice, load_once
from slidelens.learning.tiling.tile_loading import Engine, Precision


@dataclass(frozen=True, repr=False)
class Network:
    """A trained network. TensorFlow is imported when the predictor is first used.

    Attributes:
        path: The weights file.
        metadata: Everything that the file says about its weights.
    """

    path: Path
    metadata: WeightsMetadata

    @property
    def architecture(self) -> str:
        """Name of the architecture."""
        return self.metadata.model.architecture

    @property
    def bands(self) -> tuple[str, ...]:
        """Names of the input channels in order."""
        return self.metadata.statistics.bands

    @property
    def pixel_m(self) -> float:
        """Side of the pixels that the network was trained on, metres; of several the first."""
        return self.metadata.pixel_m

    @property
    def threshold(self) -> float:
        """Probability from which a pixel is landslide."""
        return self.metadata.threshold

    @property
    def trained_on(self) -> tuple[str, ...]:
        """Names of the training data in order, for example ("pretrain", "2015")."""
        return self.metadata.trained_on

    @cached_property
    def predictor(self) -> Predictor:
        """The network as a function of standardised pixels (n, height, width, bands)."""
        from slidelens.learning.inference.loading import load_network
        from slidelens.learning.runtime import quiet_tensorflow

        quiet_tensorflow()
        return load_network(self.path)[1]

    def tile_predictor(
        self,
        engine: Engine = "auto",
        precision: Precision = "auto",
        *,
        own_process: bool = False,
    ) -> TilePredictor:
        """Return the network as a function of one tile of a scene.

        Args:
            engine: What computes the network; "auto" for TensorFlow if it is installed, else
                OpenVINO.
            precision: Precision of the convolutions; "auto" for bfloat16 where that has been shown
                to keep the scores and the processor has it.
            own_process: Compute it in a process of its own.
        """
        choice = NetworkChoice(self.path, self.metadata, engine, precision)
        return OwnProcessPredictor(choice) if own_process else load_once(choice)

    def choice(self, predictor: TilePredictor) -> NetworkChoice:
        """Return what another process needs to load the same network.

        Args:
            predictor: The network, loaded.
        """
        chosen = predictor.describe()
        return NetworkChoice(
            self.path.absolute(),
            self.metadata,
            cast("Engine", chosen["engine"]),
            cast("Precision", chosen["precision"]),
        )

    def __repr__(self) -> str:
        return (
            f"<Network {self.path.name}: {self.architecture}, "
            f"bands {', '.join(self.bands)}, pixels of {self.metadata.described_pixels}, "
            f"threshold {self.threshold:g}, trained on {', '.join(self.trained_on)}>"
        )

    def _repr_html_(self) -> str:
        return html_list(
            {
                "weights": self.path.name,
                "architecture": self.architecture,
                "bands": ", ".join(self.bands),
                "pixel (m)": self.metadata.described_pixels.removesuffix(" m"),
                "threshold": self.threshold,
                "trained on": ", ".join(self.trained_on),
            }
        )


def load_weights(path: PathLike) -> Network:
    """Read the metadata of a weights file; the weights themselves are read on first use.

    Args:
        path: A file `*.weights.h5` that slidelens wrote, or `models:/NAME/VERSION` or
            `models:/NAME@ALIAS` of MLflow's model registry.

    Raises:
        WeightsError: If the file is missing, damaged or of another program.
        TrackingError: If the registry has no such weights.
    """
    file = fetch_weights(str(path)) if str(path).startswith(SCHEME) else Path(path)
    return Network(file, read_weights_metadata(file))


def describe_adaptation(network: Network | NetworkChoice) -> str:
    """Return how good adapted weights were by marks held back, as a sentence; else nothing."""
    adapted = network.metadata.adapted
    return "" if adapted is None else f"These weights were {adapted.describe()}."
