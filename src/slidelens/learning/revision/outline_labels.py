"""What the labels of training and validation blocks say of outlines."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np

from slidelens.analysis.outlines.within import probabilities_within
from slidelens.analysis.overlay import shapes_of
from slidelens.analysis.revision.logistic import LogisticModel, fit_logistic
from slidelens.analysis.revision.outlines import outline_features
from slidelens.analysis.revision.states import UNKNOWN
from slidelens.dataset.parts import TRAIN, VALIDATION
from slidelens.geo.geotiff import LayerFile
from slidelens.geo.grid import Grid
from slidelens.geo.windowed import Part
from slidelens.intermediate.reading import stage_output
from slidelens.learning.revision.dated_maps import DatedMaps
from slidelens.types import Float64, Mask, UInt8

MINIMUM_OUTLINES = 20  # labelled landslides, and as many false alarms, for a model
LANDSLIDE_SHARE = 0.1  # of an outline's labelled ground, from which it is a landslide


class _LabelledGround:
    """Pixels of training and validation blocks whose label meets a condition."""

    def __init__(self, path: Path, split: UInt8, meets: Callable[[UInt8], Mask]) -> None:
        with stage_output(path):
            self._layer = LayerFile(path)
        self._split, self._meets = split, meets

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width, pixels."""
        return self._layer.shape

    def read(self, part: Part) -> Float64:
        """Return 1 where the condition is met, else 0."""
        chosen = np.isin(self._split[part], (TRAIN, VALIDATION))
        with stage_output(self._layer.path):
            return np.asarray(chosen & self._meets(self._layer.read(part)), dtype=float)


def labelled_shares(outlines: gpd.GeoDataFrame, labels: Path, split: UInt8, grid: Grid) -> Float64:
    """Return the share of landslide in each outline's ground in training and validation blocks.

    Args:
        outlines: Outlines of a date.
        labels: Path of the date's labels.
        split: (height, width) part of the split.
        grid: Grid of both.

    Returns:
        (n,) NaN for outlines without labelled ground there.
    """
    shapes = shapes_of(outlines.geometry.to_numpy())
    known, landslide = (
        probabilities_within(shapes, _LabelledGround(labels, split, meets), grid)[
            "mean_probability"
        ]
        for meets in (lambda label: label != UNKNOWN, lambda label: label == 1)
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(known > 0, landslide / known, np.nan))


def fit_to_outlines(maps: DatedMaps, outlines: list[gpd.GeoDataFrame]) -> LogisticModel | None:
    """Fit a model to the labelled outlines of all dates.

    Args:
        maps: With the labels of all dates.
        outlines: Outlines of each date.

    Returns:
        The model; None if too few are labelled.
    """
    shares = [
        labelled_shares(frame, path, maps.split, maps.grid)
        for frame, path in zip(outlines, maps.labels, strict=True)
    ]
    date = np.repeat(np.arange(len(outlines)), [len(frame) for frame in outlines])
    features = np.concatenate([outline_features(frame) for frame in outlines])
    share = np.concatenate(shares)
    known = ~np.isnan(share)
    landslide = share[known] >= LANDSLIDE_SHARE
    return fit_logistic(features[known], date[known], landslide, len(outlines), MINIMUM_OUTLINES)
