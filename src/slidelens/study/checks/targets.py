"""Check the targets of a study before any pixel is read."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import shapely

from slidelens.dataset.windowed_scene import can_be_held
from slidelens.errors import GridError, SceneError
from slidelens.geo.grid import crs_name
from slidelens.layers.single_band import read_band_header
from slidelens.params.schema import StudyParams
from slidelens.resources import available_memory_bytes, require_memory
from slidelens.study.images.channels import SLOPE
from slidelens.study.study import DEM, Findings, PreparationTarget

_BYTES_PER_VALUE = 12  # stored, as float32 and standardised
_BYTES_PER_PIXEL = 16  # masks, labels, numbers of landslides
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
        target.header.require_bands(bands)
        require_underived(target, derived)
        require_room(target, len(bands) + len(derived))
        require_overlap(target)
        require_tiles(target)
    return len(findings.problems) == problems_before


def require_dem_reaches(path: Path, targets: Sequence[PreparationTarget]) -> Path:
    """Return the path of a height model that reaches the area; raise SceneError if it does not."""
    header = read_band_header(path, "elevation", "height model")
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
    header = read_band_header(dem, "elevation", "height model")
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


def require_room(target: PreparationTarget, channels: int) -> None:
    """Raise ResourceError unless a target's pixels fit into the memory.

    Args:
        target: With its grid.
        channels: Number of bands and derived channels.
    """
    grid = target.grid
    per_channel = _BYTES_PER_VALUE if can_be_held(grid, channels) else 0
    needed = float(grid.height) * grid.width * (channels * per_channel + _BYTES_PER_PIXEL)
    larger = math.sqrt(needed / max(available_memory_bytes(), 1)) * grid.pixel_m
    require_memory(
        needed,
        f"{target.name}: a grid of {grid.describe()} with {channels} channels",
        f"set study.pixel_m to {_two_digits_up(larger)} or more, or give a smaller study.aoi",
    )


def _two_digits_up(value: float) -> str:
    """Return a number rounded up to two digits."""
    unit = 10.0 ** (math.floor(math.log10(value)) - 1)
    return f"{math.ceil(value / unit) * unit:g}"


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
