"""A map and the manual inventory of the same ground, for a look at where they differ."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from slidelens.dataset.parts import OUTSIDE, PART_NAMES, UNKNOWN
from slidelens.dataset.prepared import Prepared, read_prepared
from slidelens.geo.rasterise import rasterise
from slidelens.geo.vector import read_inventory

Mask = NDArray[np.bool_]
AREA = "area"


@dataclass(frozen=True)
class Pair:
    """mapped: (height, width), within the predicted outlines; known: the pixels that count."""

    prepared: Prepared
    predicted: gpd.GeoSeries
    mapped: Mask
    known: Mask

    @property
    def manual(self) -> Mask:
        """(height, width), within the manual outlines."""
        return self.prepared.labels == 1

    @property
    def outlines(self) -> gpd.GeoSeries | None:
        """Manual ones."""
        return None if self.prepared.inventory is None else self.prepared.inventory.geometry


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `read_pair` reads."""
    parser.add_argument(
        "prepared", type=Path, help="folder of a prepared date, such as data/prepared/post"
    )
    parser.add_argument("mapped", type=Path, help="folder with the mapped inventory.gpkg")
    parser.add_argument(
        "--part",
        choices=["test", "validation", "train", AREA],
        default="test",
        help="ground to look on (default: test)",
    )


def read_pair(arguments: argparse.Namespace) -> Pair:
    """The pair that the command line names."""
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
    return Pair(prepared, predicted, rasterise(predicted, prepared.scene.grid), known)
