"""Read a map and the manual inventory of the same ground."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd

from slidelens.dataset.parts import OUTSIDE, PART_NAMES, UNKNOWN
from slidelens.dataset.prepared import Prepared, read_prepared
from slidelens.geo.rasterise import rasterise
from slidelens.geo.vectors.inventory import read_inventory
from slidelens.types import Mask

AREA = "area"


@dataclass(frozen=True)
class Pair:
    """A map and the manual inventory of the same ground.

    Attributes:
        prepared: The date, with its manual inventory.
        predicted: Outlines of the map.
        mapped: (height, width) pixels within them.
        known: (height, width) pixels that count.
    """

    prepared: Prepared
    predicted: gpd.GeoSeries
    mapped: Mask
    known: Mask

    @property
    def manual(self) -> Mask:
        """Return the (height, width) pixels within the manual outlines."""
        landslide: Mask = self.prepared.labels == 1
        return landslide

    @property
    def outlines(self) -> gpd.GeoSeries | None:
        """Return the manual outlines, or None without an inventory."""
        return None if self.prepared.inventory is None else self.prepared.inventory.geometry


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `read_pair` to a parser."""
    parser.add_argument(
        "prepared", type=Path, help="folder of a prepared date, for example data/prepared/post"
    )
    parser.add_argument("mapped", type=Path, help="folder with the mapped inventory.gpkg")
    parser.add_argument(
        "--part",
        choices=["test", "validation", "train", AREA],
        default="test",
        help="blocks to look at (default: %(default)s)",
    )


def read_pair(arguments: argparse.Namespace) -> Pair:
    """Read the pair that the command line names."""
    prepared = read_prepared(arguments.prepared)
    predicted = (
        read_inventory(arguments.mapped / "inventory.gpkg").to_crs(prepared.scene.grid.crs).geometry
    )
    part_of = {name: part for part, name in PART_NAMES.items()}
    where = (
        prepared.split_map != OUTSIDE
        if arguments.part == AREA
        else prepared.split_map == part_of[arguments.part]
    )
    known = where & prepared.scene.valid & (prepared.labels != UNKNOWN)
    return Pair(
        prepared=prepared,
        predicted=predicted,
        mapped=rasterise(predicted, prepared.scene.grid),
        known=known,
    )
