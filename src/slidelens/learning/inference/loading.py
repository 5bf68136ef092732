"""Load networks from weights files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from slidelens.learning.inference.network_tiles import NetworkTiles, tiles_of_network
from slidelens.learning.inference.starting import build_start
from slidelens.learning.inference.weights import (
    WeightsMetadata,
    load_into,
    read_weights_metadata,
    require_architecture,
    require_weights_of,
)
from slidelens.learning.inference.windows import Predictor
from slidelens.learning.networks.ensemble import build_members
from slidelens.learning.runtime import compile_predictor
from slidelens.params.schema import Params
from slidelens.types import Float32

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class LoadedNetwork:
    """A network from a weights file, as a function of windows (n, height, width, bands).

    Attributes:
        metadata: Metadata of the file.
        model: The network.
        compiled: The network, compiled.
    """

    metadata: WeightsMetadata
    model: keras.Model
    compiled: Predictor

    def __call__(self, pixels: Float32) -> Float32:
        """Predict windows independently of each other; see `runtime.compile_predictor`."""
        return self.compiled(pixels)

    @cached_property
    def tiles(self) -> NetworkTiles:
        """The network as a function of one tile, with the weights that it has now."""
        return tiles_of_network(self.model, self.metadata)


def build_from_metadata(metadata: WeightsMetadata, seed: int | None = None) -> keras.Model:
    """Build the network that a weights file describes; `seed` is that of the first member."""
    model, filters, members = metadata.model, metadata.filters, metadata.members
    if seed is not None:
        return build_start(model, filters, metadata.statistics.bands, members, seed=seed)
    bands, units = len(metadata.statistics.bands), metadata.spectral_units
    return build_members(model, filters, bands, members, spectral_units=units)


def load_network(path: Path) -> tuple[WeightsMetadata, LoadedNetwork]:
    """Return the metadata of a weights file, and its network as a callable."""
    metadata = read_weights_metadata(path)
    require_weights_of(metadata, path)
    network = build_from_metadata(metadata)
    load_into(network, path)
    return metadata, LoadedNetwork(metadata, network, compile_predictor(network))


def iter_networks(
    paths: Sequence[Path], params: Params
) -> Iterator[tuple[WeightsMetadata, LoadedNetwork]]:
    """Yield the metadata and the network of each weights file.

    All files share one network, which is compiled once: use each before taking the next.

    Raises:
        WeightsError: The architecture of a file is not that of params.yaml, or its weights are
            not those of the others.
    """
    all_metadata = [read_weights_metadata(path) for path in paths]
    for metadata, path in zip(all_metadata, paths, strict=True):
        require_architecture(metadata, params.model, params.filters, params.learning.members, path)
        require_weights_of(metadata, path)
    network = build_from_metadata(all_metadata[0])
    predictor = compile_predictor(network)
    for metadata, path in zip(all_metadata, paths, strict=True):
        load_into(network, path)
        yield metadata, LoadedNetwork(metadata, network, predictor)
