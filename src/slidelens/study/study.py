"""Describe a study on disk: its targets, its problems and its notes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from shapely.geometry.base import BaseGeometry

from slidelens.errors import SlidelensError
from slidelens.geo.grid import Grid
from slidelens.geo.rasters.header import Header
from slidelens.params.sources import parameter_of

PRETRAIN = "pretrain"
DEM = "terrain/dem.tif"


@dataclass(frozen=True)
class PreparationTarget:
    """An image to prepare: that of a date, or the pretraining image.

    Attributes:
        name: the date, `pretrain`, or `pretrain/<name>` of one of several sources.
        header: metadata of the scene's file.
        inventory: file of the inventory; None if the date is not mapped.
        grid: grid to prepare it on.
        aoi: area of interest, in the grid's CRS.
        tile_px: side of the tiles of a mosaic of different places; None for an image.
        weight: share of a source in the pretraining, beside the weights of the others.
        landslide_share: true share of landslide ground of a source; None: that of its labels.
        outlines_moved_m: how far its outlines are moved from where the inventory has them, to the
            east and to the north, metres.
    """

    name: str
    header: Header
    inventory: Path | None
    grid: Grid
    aoi: BaseGeometry
    tile_px: int | None = None
    weight: float = 1.0
    landslide_share: float | None = None
    outlines_moved_m: tuple[float, float] = (0.0, 0.0)

    @property
    def is_source(self) -> bool:
        """Whether it is a source of pretraining and no date."""
        return is_source(self.name)

    @property
    def inventory_parameter(self) -> str | None:
        """The parameter that gives its inventory; None for a date."""
        return self.parameter("inventory") if self.is_source else None

    def parameter(self, name: str) -> str:
        """Return the name of a parameter of a source of pretraining, for messages.

        Args:
            name: Name of the parameter.
        """
        return parameter_of(self.name.partition("/")[2] or None, name)


def is_source(name: str) -> bool:
    """Return whether a target of this name is a source of pretraining and no date."""
    return name.partition("/")[0] == PRETRAIN


@dataclass(frozen=True, kw_only=True)
class Study:
    """A study as it lies on disk.

    Targets with a problem are left out.

    Attributes:
        bands: names of the bands, in the order of the network's input.
        targets: the dates, in time order.
        sources: the pretraining targets, separate events.
        problems: one line each, with its remedy; empty if `prepare` can run.
        notes: one line each, of what is allowed but worth knowing.
        dem: the height model; None if there is none.
        derived: names of the channels that are computed and follow the bands.
        reference: the date to whose radiometry the others are normalised; None to leave them.
    """

    bands: tuple[str, ...] = ()
    targets: tuple[PreparationTarget, ...] = ()
    sources: tuple[PreparationTarget, ...] = ()
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    dem: Path | None = None
    derived: tuple[str, ...] = ()
    reference: str | None = None

    @property
    def all_targets(self) -> tuple[PreparationTarget, ...]:
        """The dates, then the pretraining targets."""
        return (*self.targets, *self.sources)


@contextmanager
def naming(parameter: str | None) -> Iterator[None]:
    """Name a parameter in errors about the file that it gives.

    Args:
        parameter: Its name; None if it is not set, and the file is a default.
    """
    try:
        yield
    except SlidelensError as error:
        if parameter is None or parameter in str(error):
            raise
        raise type(error)(f"{parameter}: {error}") from error


@dataclass
class Findings:
    """Problems and notes gathered while a study is opened."""

    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @contextmanager
    def gathering(self) -> Iterator[None]:
        """Note an error as a problem and continue, so that the user sees all of them at once."""
        try:
            yield
        except SlidelensError as error:
            self.problems.append(str(error))
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            self.problems.append(f"{where}{error.strerror or error}; make it readable")
        except (MemoryError, OverflowError, RecursionError) as error:
            self.problems.append(
                f"a file is too large or too deeply nested to be read ({error}); "
                "check what study.root holds"
            )
