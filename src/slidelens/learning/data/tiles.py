"""Validation blocks as tiles of equal size, and their scores."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from slidelens.analysis.accuracy.confusion import count
from slidelens.dataset.parts import UNKNOWN
from slidelens.errors import SceneError
from slidelens.geo.windowed import Part, chunks, grow
from slidelens.learning.data.pixels import read_pixels
from slidelens.learning.data.training_data import TrainingData
from slidelens.learning.inference.thresholds import DEFAULT_THRESHOLD
from slidelens.learning.inference.windows import Predictor
from slidelens.learning.scores import ground_weights, pooled_loss, weighted_scores
from slidelens.params.schema import LearningParams
from slidelens.resources import require_memory
from slidelens.types import Float32, Float64, UInt8

Row = dict[str, float | int | None]  # losses and scores of one epoch

_CONTEXT_PX = 32  # around a validation tile, for its prediction
_LARGEST_TILE_PX = 512  # side; memory and time of a batch grow with its square
_SMALLEST_TILE_PX = 128  # side in batches; of a smaller one most is context


@dataclass(frozen=True)
class Tiles:
    """Tiles of equal size with context around them.

    Attributes:
        pixels: (n, length, length, bands) standardised.
        labels: (n, length, length), UNKNOWN where not scored, which includes the context.
        side: Side of a tile without its context, pixels.
    """

    pixels: Float32
    labels: UInt8
    side: int


@dataclass(frozen=True)
class PooledTiles:
    """Tiles of several sources, whose pixels are pooled by weight.

    Attributes:
        names: Name of each source.
        sources: Tiles of each source; they may differ in size.
        shares: Share of the ground of each source in scores, whatever the number of its pixels.
        landslide_shares: True share of landslide ground of each source; None: that of its labels.
    """

    names: tuple[str, ...]
    sources: tuple[Tiles, ...]
    shares: tuple[float, ...]
    landslide_shares: tuple[float | None, ...]

    @cached_property
    def labels(self) -> UInt8:
        """(n,) labels of all pixels, source after source."""
        return np.concatenate([tiles.labels.ravel() for tiles in self.sources])

    @cached_property
    def weights(self) -> Float64:
        """(n,) weights by which each source has its share; 1 in the mean of the known pixels."""
        return self._weights([None] * len(self.sources))

    @cached_property
    def true_weights(self) -> Float64:
        """(n,) weights by which landslides have their true share too.

        Weighting the classes shifts the log-odds of a calibration from the share in the labels to
        the true one: Saerens et al. (2002), doi 10.1162/089976602753284446; Elkan (2001).
        """
        return self._weights(self.landslide_shares)

    def _weights(self, landslide_shares: Sequence[float | None]) -> Float64:
        number = int((self.labels != UNKNOWN).sum())
        each = [
            ground_weights(tiles.labels, landslide_share) * share * number
            for tiles, share, landslide_share in zip(
                self.sources, self.shares, landslide_shares, strict=True
            )
        ]
        return np.concatenate([weights.ravel() for weights in each])

    def of_source(self, values: Float32, source: int) -> tuple[Tiles, Float32]:
        """Return the tiles of a source, and its part of (n,) values in their shape."""
        ends = np.cumsum([0, *(tiles.labels.size for tiles in self.sources)])
        tiles = self.sources[source]
        return tiles, values[ends[source] : ends[source + 1]].reshape(tiles.labels.shape)


def true_weights(tiles: Tiles | PooledTiles) -> Float64 | None:
    """Return the weights by which sources and landslides have their shares; None: 1."""
    return tiles.true_weights if isinstance(tiles, PooledTiles) else None


def tile_side(block_px: int) -> int:
    """Return the side of validation tiles: that of a block, or of an equal part of a large one.

    Args:
        block_px: Side of a block, pixels.
    """
    return -(-block_px // -(-block_px // _LARGEST_TILE_PX))


def validation_tiles(data: TrainingData, side: int) -> Tiles:
    """Cut the known pixels of validation data into tiles.

    Args:
        data: Data with labels in the validation blocks only.
        side: Side of a tile without its context, pixels, that of the split's blocks.

    Raises:
        SceneError: No pixel is known.
        ResourceError: The tiles are too large for the memory.
    """
    cores = _known_cores(data, side)
    if not cores:
        raise SceneError(
            "no known pixel in the validation blocks to choose the best epoch by; "
            "map more of the area, or reduce split.block_m"
        )
    require_memory(
        (4.0 * data.bands + 1) * len(cores) * _length_px(data, side) ** 2,
        f"validation in tiles of {side} × {side} pixels",
        "make split.block_m smaller",
    )
    return _cut(data, cores, side)


def tile_batches(data: TrainingData, side: int, number: int = 8) -> Iterator[Tiles]:
    """Yield the known pixels of data as tiles, some at a time, so that few are in memory.

    Args:
        data: Data of any size.
        side: Side of a tile without its context, pixels. Small tiles of an image, whose context is
            larger than they are, are joined.
        number: Upper limit of the number of tiles at a time.
    """
    if not data.tile_px:
        side *= max(1, _SMALLEST_TILE_PX // side)
    cores = _known_cores(data, side)
    for first in range(0, len(cores), number):
        yield _cut(data, cores[first : first + number], side)


def _context_px(data: TrainingData) -> int:
    return 0 if data.tile_px else _CONTEXT_PX


def _length_px(data: TrainingData, side: int) -> int:
    """Return the side of a tile with its context, a multiple of 16 pixels."""
    return -(-(side + 2 * _context_px(data)) // 16) * 16


def _known_cores(data: TrainingData, side: int) -> list[Part]:
    """Return the squares of a side, less at the edges, that hold a known pixel."""
    height, width = data.labels.shape
    cores = chunks((height, width), side)
    return [core for core in cores if (data.labels[core] != UNKNOWN).any()]


def _cut(data: TrainingData, cores: Sequence[Part], side: int) -> Tiles:
    """Cut tiles with their context."""
    context, length = _context_px(data), _length_px(data, side)
    pixels = np.zeros((len(cores), length, length, data.bands), np.float32)
    labels = np.full((len(cores), length, length), UNKNOWN, np.uint8)
    for index, core in enumerate(cores):
        top, left = (piece.start - context for piece in core)
        around = grow((slice(top, top + length), slice(left, left + length)), 0, data.labels.shape)
        pixels[index][_moved(around, top, left)] = read_pixels(data.pixels, around)
        labels[index][_moved(core, top, left)] = data.labels[core]
    return Tiles(pixels, labels, side)


def _moved(part: Part, row: int, column: int) -> Part:
    """Return a part in an array whose first pixel is at a row and column."""
    rows, columns = part
    return slice(rows.start - row, rows.stop - row), slice(
        columns.start - column, columns.stop - column
    )


def predict_tiles(predict: Predictor, tiles: Tiles | PooledTiles, largest: int = 8) -> Float32:
    """Predict the tiles in batches of equal size, for which the network is compiled once.

    Args:
        predict: (batch, length, length, bands) → (batch, length, length).
        tiles: n tiles.
        largest: Upper limit of the batch size.

    Returns:
        (n, length, length) probabilities; of several sources (n,), source after source.
    """
    if isinstance(tiles, PooledTiles):
        each = [predict_tiles(predict, source, largest) for source in tiles.sources]
        return np.concatenate([values.ravel() for values in each])
    number = len(tiles.pixels)
    batch = -(-number // -(-number // largest))
    chunks = [tiles.pixels[first : first + batch] for first in range(0, number, batch)]
    missing = batch - len(chunks[-1])
    chunks[-1] = np.pad(chunks[-1], [(0, missing), (0, 0), (0, 0), (0, 0)])
    return np.concatenate([predict(chunk) for chunk in chunks])[:number]


def score_tiles(
    tiles: Tiles | PooledTiles,
    probabilities: Float32,
    learning: LearningParams,
    threshold: float = DEFAULT_THRESHOLD,
    weights: Float64 | None = None,
) -> Row:
    """Return loss, F1, precision and recall at a threshold, pooled over the tiles.

    Args:
        tiles: The tiles.
        probabilities: Of the shape of their labels.
        learning: Weights of the Tversky loss.
        threshold: Probability from which a pixel is landslide.
        weights: Weight of each pixel, of that shape; None: those of the sources, or 1.
    """
    if weights is None and isinstance(tiles, PooledTiles):
        weights = tiles.weights
    known, landslide = tiles.labels != UNKNOWN, tiles.labels == 1
    loss = pooled_loss(tiles.labels, probabilities, learning, weights)
    if weights is None:
        counts = count(landslide, probabilities >= threshold, known)
        scores = {"f1": counts.f1, "precision": counts.precision, "recall": counts.recall}
    else:
        scores = weighted_scores(landslide, known & (probabilities >= threshold), weights)
    return {"loss": loss, **scores}


def score_sources(
    tiles: Tiles | PooledTiles, probabilities: Float32, learning: LearningParams, threshold: float
) -> dict[str, Row]:
    """Return what `score_tiles` returns of each source, by its name; empty for one source.

    Landslides have their true share.
    """
    if not isinstance(tiles, PooledTiles):
        return {}
    scores = {}
    for index, name in enumerate(tiles.names):
        of_it, output = tiles.of_source(probabilities, index)
        number = (of_it.labels != UNKNOWN).sum()
        weights = number * ground_weights(of_it.labels, tiles.landslide_shares[index])
        scores[name] = score_tiles(of_it, output, learning, threshold, weights)
    return scores
