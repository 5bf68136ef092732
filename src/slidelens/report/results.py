"""Results of a mapped date: image, blocks, inventories, probability, densities and scores."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np

from slidelens.analysis.accuracy.reliability import Reliability, ReliabilitySums
from slidelens.dataset.parts import TEST, UNKNOWN
from slidelens.dataset.prepared import open_prepared, quick_look
from slidelens.dataset.windowed_scene import sampled_rows
from slidelens.errors import SceneError
from slidelens.geo.geotiff import read_layer
from slidelens.geo.grid import Grid
from slidelens.intermediate.reading import refuse, stage_output
from slidelens.layers.mapped_date import iter_levels, read_predicted, read_scores, read_seen
from slidelens.layers.surface import require_cells
from slidelens.layout import Layout
from slidelens.report.figures.maps.overview import quick_look_step, true_colour
from slidelens.types import Float32, Mask, UInt8

INVENTORIES = ("manual", "predicted")


@dataclass(frozen=True)
class DensitySurface:
    """A kernel density surface.

    Attributes:
        values: (height, width) landslides per km², NaN where not mapped.
        grid: grid of the surface.
    """

    values: Float32
    grid: Grid


@dataclass(frozen=True)
class DateResults:
    """Results of a date. All rasters share one grid except the densities, which have their own.

    Attributes:
        date: label of the date.
        grid: grid of the rasters.
        image: (height, width, 3) true colours, black where not valid.
        split_map: (height, width) part of each pixel, 0 outside the area.
        labels: (height, width) 0, 1, or UNKNOWN.
        probability: (height, width) 0 to 1.
        valid: (height, width) whether the date was mapped.
        manual: manual inventory; None if the date has none.
        predicted: predicted inventory.
        densities: kernel densities by inventory.
        scores: scores on the test blocks, with the keys `after` and `before`.
        reliability: reliability of the probabilities on the test blocks; None to compute it from
            the rasters here, which are those of the date unless that is large.
    """

    date: str
    grid: Grid
    image: UInt8
    split_map: UInt8
    labels: UInt8
    probability: Float32
    valid: Mask
    manual: gpd.GeoDataFrame | None
    predicted: gpd.GeoDataFrame
    densities: dict[str, DensitySurface]
    scores: dict[str, Any]
    reliability: Reliability | None = None

    @property
    def inside(self) -> Mask:
        """Mask of the investigation area where the image is valid."""
        return self.valid & (self.split_map > 0)

    @property
    def test_mask(self) -> Mask:
        """Mask of the pixels that scores are computed on."""
        return np.asarray((self.split_map == TEST) & (self.labels != UNKNOWN))

    @property
    def shapes(self) -> dict[str, Any]:
        """Outlines of each available inventory."""
        frames = {"manual": self.manual, "predicted": self.predicted}
        return {
            name: frame.geometry.to_numpy() for name, frame in frames.items() if frame is not None
        }


def read_date_results(root: Path, date: str) -> DateResults:
    """Read a date after the stages `evaluate` and `density`.

    Of a large date every n-th pixel is read.

    Args:
        root: root of the study repository.
        date: label of the date.

    Raises:
        SlidelensError: A result is missing or damaged, or two are on different grids.
    """
    layout = Layout(root)
    full = open_prepared(layout.prepared_date(date))
    full_grid = full.scene.grid
    step = quick_look_step(full_grid)
    look = quick_look(full, step)
    grid = look.scene.grid
    rows, columns = (sampled_rows(side, step) for side in full_grid.shape)
    levels, sums = np.empty(grid.shape, np.uint8), ReliabilitySums()
    for part, values in iter_levels(layout.probability(date), full_grid):
        inside = (rows >= part[0].start) & (rows < part[0].stop)
        levels[inside] = values[rows[inside] - part[0].start][:, columns]
        if step > 1:
            labels = full.labels[part]
            test = (full.split_map[part] == TEST) & (labels != UNKNOWN)
            sums.add(labels[test] == 1, (values[test] / np.float32(255)).astype(np.float32))
    return DateResults(
        date=date,
        grid=grid,
        image=true_colour(look.scene),
        split_map=look.split_map,
        labels=look.labels,
        probability=(levels / np.float32(255)).astype(np.float32),
        valid=read_seen(layout.probability(date), full_grid)[rows][:, columns],
        manual=full.inventory,
        predicted=read_predicted(layout.inventory(date), grid.crs),
        densities=_densities(layout.density / date, full_grid),
        scores=read_scores(layout.scores(date)),
        reliability=sums.curve() if step > 1 else None,
    )


def _densities(folder: Path, area: Grid) -> dict[str, DensitySurface]:
    paths = {name: folder / f"{name}.tif" for name in INVENTORIES}
    return {name: _density(path, area) for name, path in paths.items() if path.exists()}


def _density(path: Path, area: Grid) -> DensitySurface:
    with stage_output(path):
        values, grid = read_layer(path)
        require_cells(grid, area, path)
    if values.dtype.kind != "f" or np.isinf(values).any() or (values < 0).any():
        refuse(path, "it has values that are no densities", error=SceneError)
    return DensitySurface(values, grid)
