"""A study on disk: what there is to prepare, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from shapely.geometry.base import BaseGeometry

from slidelens.errors import SlidelensError
from slidelens.geo.grid import Grid
from slidelens.geo.raster import Header

PRETRAIN = "pretrain"
DEM = "terrain/dem.tif"


@dataclass(frozen=True)
class PreparationTarget:
    """One image to prepare: a date's, or the pretraining one.

    name: the date, or `pretrain`
    inventory: None where the date is not mapped
    tile_px: side of its tiles, of a mosaic of different places; None for an image
    """

    name: str
    header: Header
    inventory: Path | None
    grid: Grid
    aoi: BaseGeometry
    tile_px: int | None = None


@dataclass(frozen=True)
class Study:
    """Everything that `prepare` brings together.

    grounds: the dates' in time order
    pretrain: the separate first event's
    dem: the height model; None where there is none
    bands: names, in the order of the networks' input
    derived: names of the channels that are computed from the bands and follow them
    reference: the date into whose light the other dates' images are brought; None where they stay as they are
    Grounds with a problem are left out.
    problems: one line each, with its remedy; empty where `prepare` will succeed
    notes: one line each, of things that are allowed but worth knowing
    """

    bands: tuple[str, ...]
    grounds: tuple[PreparationTarget, ...]
    pretrain: PreparationTarget | None
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    dem: Path | None = None
    derived: tuple[str, ...] = ()
    reference: str | None = None


@dataclass
class Findings:
    """Problems and notes gathered while a study is opened."""

    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @contextmanager
    def gathering(self) -> Iterator[None]:
        """Note a problem and go on, so that a user sees all of them at once."""
        try:
            yield
        except SlidelensError as error:
            self.problems.append(str(error))
