"""Check a study before any pixel is read."""

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

_MIN_COVERED_SHARE = 0.99  # of the area, by the height model from which slope is computed


def fits(
    findings: Findings, target: PreparationTarget, bands: Sequence[str], derived: Sequence[str]
) -> bool:
    """Return whether a target can be prepared; note the problem if it cannot.

    Args:
        findings: to which the problem is added.
        target: its scene must reach the area, and be whole tiles if it is a mosaic.
        bands: names of the bands that the scene must have.
        derived: names of the channels that it must not have.
    """
    problems_before = len(findings.problems)
    with findings.gathering():
        target.header.positions(bands)
        require_underived(target, derived)
        require_overlap(target)
        require_tiles(target)
    return len(findings.problems) == problems_before


def require_dem_reaches(path: Path, targets: Sequence[PreparationTarget]) -> Path:
    """Return the path of a height model that reaches the area; raise SceneError if it does not."""
    header = read_header(path, ("elevation",))
    for target in targets[:1]:
        if not shapely.box(*header.bounds_in(target.grid.crs)).intersects(target.aoi):
            raise SceneError(
                f"the height model {path} ({crs_name(header.grid.crs)}) does not reach the area; "
                "check its CRS and study.dem"
            )
    return path


def require_heights(
    study: StudyParams, dem: Path | None, targets: Sequence[PreparationTarget]
) -> None:
    """Check that the slope can be computed, if it is among the derived channels.

    Raises:
        SceneError: There is no height model, it does not cover a target, or a target is a mosaic.
    """
    if SLOPE not in study.derived:
        return
    if dem is None:
        raise SceneError(
            "study.derived has slope, and the study has no height model; "
            f"set study.dem, put one at {DEM}, or take slope out"
        )
    header = read_header(dem, ("elevation",))
    for target in targets:
        if target.tile_px:
            raise SceneError(
                f"study.derived has slope, and {target.header.path.name} is a mosaic of other "
                "places; take slope out"
            )
        extent = shapely.box(*header.bounds_in(target.grid.crs))
        covered = extent.intersection(target.aoi).area / target.aoi.area
        if covered < _MIN_COVERED_SHARE:
            raise SceneError(
                f"study.derived has slope, and the height model {dem} covers {100 * covered:.0f} % "
                f"of the area of {target.name}; give one that covers it (a .vrt joins files), "
                "or take slope out"
            )


def require_underived(target: PreparationTarget, derived: Sequence[str]) -> None:
    """Raise SceneError if a scene has a band with the name of a derived channel.

    `slidelens map` prefers a band of the file to a computed channel, so the two must not differ.
    """
    present = [name for name in derived if name in target.header.bands]
    if present:
        raise SceneError(
            f"{target.header.path} has a band {present[0]} of its own; "
            "use that (study.bands), and do not derive it (study.derived)"
        )


def require_overlap(target: PreparationTarget) -> None:
    """Raise SceneError unless a target's scene reaches its area."""
    header = target.header
    if not shapely.box(*header.bounds_in(target.grid.crs)).intersects(target.aoi):
        raise SceneError(
            f"scene {header.path.name} ({crs_name(header.grid.crs)}) does not reach the area of "
            f"{target.name}; check its CRS and study.aoi"
        )


def require_tiles(target: PreparationTarget) -> None:
    """Raise GridError unless a mosaic lies on its grid, in whole tiles.

    Resampling would mix the pixels of unrelated tiles.
    """
    side, scene_grid, grid = target.tile_px, target.header.grid, target.grid
    if not side:
        return
    if not (
        scene_grid.crs == grid.crs
        and scene_grid.transform == grid.transform
        and scene_grid.shape == grid.shape
    ):
        raise GridError(
            f"{target.name}: scene {target.header.path.name} is a mosaic of tiles, "
            f"{scene_grid.describe()}, but its grid is {grid.describe()}; "
            "leave out aoi, study.crs and study.pixel_m, or take tile_px away"
        )
    if any(length % side for length in grid.shape):
        raise GridError(
            f"{target.header.path.name} has {grid.height} × {grid.width} pixels, "
            f"no whole tiles of {side}; correct tile_px"
        )


def require_sound(study: Study) -> Study:
    """Return a study without problems, and log its notes.

    Raises:
        SlidelensError: The study has problems; the first one, and the number of the others.
    """
    for note in study.notes:
        log.warning("%s", note)
    if study.problems:
        more = len(study.problems) - 1
        raise SlidelensError(
            study.problems[0] + (f" (and {more} more: see `slidelens check`)" if more else "")
        )
    return study
