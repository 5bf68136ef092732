"""Checks of a study before any pixel is read."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import shapely

from slidelens.errors import GridError, SceneError, SlidelensError
from slidelens.geo.grid import crs_name
from slidelens.geo.raster import read_header
from slidelens.params.schema import StudyParams
from slidelens.study.channels import SLOPE
from slidelens.study.study import DEM, Findings, PreparationTarget, Study

log = logging.getLogger(__name__)


def fits(
    findings: Findings, ground: PreparationTarget, bands: Sequence[str], derived: Sequence[str]
) -> bool:
    """Whether a ground's scene has the bands, none of those to be derived, and reaches the area; a problem is noted."""
    before = len(findings.problems)
    with findings.gathering():
        ground.header.positions(bands)
        require_underived(ground, derived)
        require_overlap(ground)
        require_tiles(ground)
    return len(findings.problems) == before


def require_dem_reaches(path: Path, grounds: Sequence[PreparationTarget]) -> Path:
    """Return the path of a height model that reaches the area; raise SceneError if it does not."""
    header = read_header(path, ("elevation",))
    for ground in grounds[:1]:
        if not shapely.box(*header.bounds_in(ground.grid.crs)).intersects(ground.aoi):
            raise SceneError(
                f"the height model {path} ({crs_name(header.grid.crs)}) does not reach the area; check its CRS and study.dem"
            )
    return path


def require_heights(
    study: StudyParams, dem: Path | None, grounds: Sequence[PreparationTarget]
) -> None:
    """Raise SceneError where slope is wanted of ground that has no height, or that lies elsewhere than it says."""
    if SLOPE not in study.derived:
        return
    if dem is None:
        raise SceneError(
            f"study.derived has slope, and the study has no height model; set study.dem, put one at {DEM}, or take slope out"
        )
    header = read_header(dem, ("elevation",))
    for ground in grounds:
        if ground.tile_px:
            raise SceneError(
                f"study.derived has slope, and {ground.header.path.name} is a mosaic of other places; take slope out"
            )
        covered = (
            shapely.box(*header.bounds_in(ground.grid.crs)).intersection(ground.aoi).area
            / ground.aoi.area
        )
        if covered < 0.99:
            raise SceneError(
                f"study.derived has slope, and the height model {dem} covers {100 * covered:.0f} % of the area of {ground.name}; "
                "give one that covers it (a .vrt joins files), or take slope out"
            )


def require_underived(ground: PreparationTarget, derived: Sequence[str]) -> None:
    """`slidelens map` takes a band of a file before it computes one: a file must not hold another one of the same name."""
    own = [name for name in derived if name in ground.header.bands]
    if own:
        raise SceneError(
            f"{ground.header.path} has a band {own[0]} of its own; use that (study.bands), and do not derive it (study.derived)"
        )


def require_overlap(ground: PreparationTarget) -> None:
    """Raise SceneError unless a target's scene reaches its area."""
    if not shapely.box(*ground.header.bounds_in(ground.grid.crs)).intersects(ground.aoi):
        raise SceneError(
            f"scene {ground.header.path.name} ({crs_name(ground.header.grid.crs)}) does not reach the area of {ground.name}; check its CRS and study.aoi"
        )


def require_tiles(ground: PreparationTarget) -> None:
    """A mosaic is used pixel by pixel and by whole tiles: resampled, each tile would take pixels of places that are not beside it."""
    side, own, grid = ground.tile_px, ground.header.grid, ground.grid
    if side and not (
        own.crs == grid.crs and own.transform == grid.transform and own.shape == grid.shape
    ):
        raise GridError(
            f"{ground.name}: scene {ground.header.path.name} is a mosaic of tiles, {own.describe()}, but its grid is {grid.describe()}; "
            "leave out aoi, study.crs and study.pixel_m, or take tile_px away"
        )
    if side and any(length % side for length in grid.shape):
        raise GridError(
            f"{ground.header.path.name} has {grid.height} × {grid.width} pixels, no whole tiles of {side}; correct tile_px"
        )


def require_sound(study: Study) -> Study:
    """The study, its notes logged. Raises SlidelensError with the first problem and how many more there are."""
    for note in study.notes:
        log.warning("%s", note)
    if study.problems:
        more = len(study.problems) - 1
        raise SlidelensError(
            study.problems[0] + (f" (and {more} more: see `slidelens check`)" if more else "")
        )
    return study
