"""What is known of a date when it has been mapped: image, ground, inventories, probabilities, densities and scores."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd

from slidelens.dataset.parts import TEST, UNKNOWN
from slidelens.dataset.prepared import read_prepared
from slidelens.files import read_json
from slidelens.geo.geotiff import read_layer
from slidelens.geo.grid import Grid
from slidelens.geo.vector import read_inventory
from slidelens.layers.probability import read_probability
from slidelens.report.figures.maps.overview import true_colour
from slidelens.types import Float32, Mask, UInt8

INVENTORIES = ("manual", "predicted")


@dataclass(frozen=True)
class DensitySurface:
    """A kernel density. values: (height, width) landslides per km², NaN where not mapped."""

    values: Float32
    grid: Grid


@dataclass(frozen=True)
class MappedDate:
    """A date, all on one grid but the densities, which have their own.

    image: (height, width, 3) in true colours, black where not valid; parts: (height, width) the split, 0 outside the area
    labels: (height, width) 0, 1, or 255 unknown; probability: (height, width) 0…1; valid: (height, width) where the date was mapped
    manual: None where the date is not mapped by hand; densities: by inventory; scores: of the test blocks, `after` and `before`
    """

    date: str
    grid: Grid
    image: UInt8
    parts: UInt8
    labels: UInt8
    probability: Float32
    valid: Mask
    manual: gpd.GeoDataFrame | None
    predicted: gpd.GeoDataFrame
    densities: dict[str, DensitySurface]
    scores: dict[str, Any]

    @property
    def inside(self) -> Mask:
        """Ground of the investigation area that the image shows."""
        return self.valid & (self.parts > 0)

    @property
    def test(self) -> Mask:
        """Ground that scores are counted on."""
        return (self.parts == TEST) & (self.labels != UNKNOWN)

    @property
    def shapes(self) -> dict[str, Any]:
        """The outlines of each inventory that there is."""
        frames = {"manual": self.manual, "predicted": self.predicted}
        return {
            name: frame.geometry.to_numpy() for name, frame in frames.items() if frame is not None
        }


def read_mapped(root: Path, date: str) -> MappedDate:
    """Read a date that `evaluate` and `density` have been through, below the repository's folder `root`."""
    prepared, maps = read_prepared(root / "data/prepared" / date), root / "data/maps" / date
    probability, valid, grid = read_probability(maps / "probability.tif")
    prepared.scene.grid.require_same(grid, f"the scene of {date}", str(maps / "probability.tif"))
    return MappedDate(
        date=date,
        grid=grid,
        image=true_colour(prepared.scene),
        parts=prepared.split_map,
        labels=prepared.labels,
        probability=probability,
        valid=valid,
        manual=prepared.inventory,
        predicted=read_inventory(maps / "inventory.gpkg"),
        densities=_densities(root / "data/density" / date),
        scores=read_json(maps / "scores.json"),
    )


def _densities(folder: Path) -> dict[str, DensitySurface]:
    return {
        name: DensitySurface(*read_layer(folder / f"{name}.tif"))
        for name in INVENTORIES
        if (folder / f"{name}.tif").exists()
    }
