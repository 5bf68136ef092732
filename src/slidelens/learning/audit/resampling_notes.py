"""Note scenes whose pixels are all resampled, and how to avoid it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from slidelens.geo.grid import Grid, crs_name
from slidelens.study.study import PreparationTarget

_WHOLE = 1e-3  # pixels by which an offset may differ from a whole number
_SAME = 1e-5  # share by which the sides of pixels may differ


def resampling_notes(targets: Sequence[PreparationTarget]) -> Iterator[str]:
    """Yield a line for each reason why scenes are resampled, which blurs them a little."""
    reasons: dict[str, list[str]] = {}
    for target in targets:
        if reason := _reason(target.header.grid, target.grid):
            names = reasons.setdefault(reason, [])
            if target.header.path.name not in names:
                names.append(target.header.path.name)
    for reason, names in reasons.items():
        yield f"every pixel of {', '.join(names)} is resampled: {reason}"


def _reason(scene: Grid, grid: Grid) -> str | None:
    """Return why pixels cannot be copied to another grid, and the remedy; None if they can."""
    if not scene.crs.is_projected:
        return (
            f"{crs_name(scene.crs)} is in degrees, and the grid in {crs_name(grid.crs)}; "
            "that is unavoidable unless the provider has the image in metres"
        )
    return _unsquare(scene, grid) or _elsewhere(scene, grid)


def _unsquare(scene: Grid, grid: Grid) -> str | None:
    width, height = scene.transform.a, -scene.transform.e
    if any(abs(tilt) > _SAME * abs(width) for tilt in (scene.transform.b, scene.transform.d)):
        return f"its rows do not run east in {crs_name(scene.crs)}; that is unavoidable"
    if not math.isclose(width, height, rel_tol=_SAME):
        return (
            f"its pixels are {width:.8g} × {height:.8g} and the grid's {grid.transform.a:g} m; "
            "that is unavoidable unless the provider has the image in square pixels"
        )
    return None


def _elsewhere(scene: Grid, grid: Grid) -> str | None:
    width = scene.transform.a
    if scene.crs != grid.crs:
        return (
            f"the grid is in {crs_name(grid.crs)}; to copy pixels, set study.crs to "
            f"{crs_name(scene.crs)} and study.pixel_m to {width:.8g}, if all dates have them"
        )
    if not math.isclose(width, grid.transform.a, rel_tol=_SAME):
        return (
            f"its pixels are {width:.8g} m and the grid's {grid.transform.a:g} m; "
            f"to copy them, set study.pixel_m to {width:.8g}, if all dates have them"
        )
    place = grid.pixel_of(scene.transform.c, scene.transform.f)
    if any(abs(one - round(one)) > _WHOLE for one in place):
        return (
            "its pixels lie between those of the first date; to copy them, give images that are "
            "cut on one grid (`gdalwarp -tap`)"
        )
    return None
