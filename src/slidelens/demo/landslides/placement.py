"""Placement of landslides: their heads, and the free ground on which they run downslope."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from slidelens.demo.landslides.areas import length_m
from slidelens.demo.landslides.body import Body, to_pixels
from slidelens.demo.landslides.fall_lines import FallLines, trace_fall_lines
from slidelens.demo.landslides.shaping import GROWTH_ROOM, shape_body
from slidelens.demo.relief.noise import fractal, smoothstep
from slidelens.demo.relief.terrain import Terrain
from slidelens.errors import ParamsError
from slidelens.types import Float32, Float64, Mask


def susceptibility(
    terrain: Terrain,
    river_px: Float32,
    road_px: Float32,
    allowed: Mask,
    rng: np.random.Generator,
) -> Float32:
    """Return the (height, width) relative chance of a landslide head.

    It is higher on steep ground undercut by a river or a road, and clustered.

    Args:
        terrain: the terrain.
        river_px: (height, width) distance to the channels.
        road_px: (height, width) distance to the roads.
        allowed: (height, width) ground that landslides may take.
        rng: random generator.
    """
    steep = smoothstep(ndimage.gaussian_filter(terrain.slope, 2), 0.5, 0.85)
    undercut = (
        1.0
        + 1.5 * np.exp(-river_px * terrain.pixel_m / 250)
        + 1.5 * np.exp(-road_px * terrain.pixel_m / 40)
    )
    cluster = np.exp(
        1.1
        * fractal(
            terrain.elevation_m.shape, rng, 2500 / terrain.pixel_m, 300 / terrain.pixel_m, 2.5
        )
    )
    return np.asarray(steep * undercut * cluster * allowed, np.float32)


def place_landslides(
    areas_m2: Float64,
    terrain: Terrain,
    chance: Float32,
    river_px: Float32,
    allowed: Mask,
    rng: np.random.Generator,
) -> list[Body]:
    """Place a body for each area without overlap, in the order of the areas.

    A landslide that does not fit is made smaller until it does.

    Args:
        areas_m2: (n,) areas.
        terrain: the terrain.
        chance: (height, width), see `susceptibility`.
        river_px: (height, width) distance to the channels.
        allowed: (height, width) ground that landslides may take.
        rng: random generator.

    Raises:
        ParamsError: if there is no room for so many landslides.
    """
    if not chance.any():
        raise _no_room(len(areas_m2))
    lines = trace_fall_lines(
        chance,
        terrain,
        river_px,
        longest_px=2.2 * length_m(float(areas_m2.max(initial=1.0))) / terrain.pixel_m,
        rng=rng,
    )
    relief_m = terrain.elevation_m - ndimage.gaussian_filter(terrain.elevation_m, 6.0)
    free = allowed.copy()
    bodies: dict[int, Body] = {}
    for i in np.argsort(-areas_m2, kind="stable").tolist():
        area_m2, body = float(areas_m2[i]), None
        while body is None:
            if area_m2 < terrain.pixel_m**2:
                raise _no_room(len(areas_m2))
            body = _first_that_fits(area_m2, lines, relief_m, free, terrain.pixel_m, rng)
            area_m2 *= 0.9
        bodies[i] = body
        _occupy(free, body)
    return [bodies[i] for i in range(len(areas_m2))]


def _no_room(count: int) -> ParamsError:
    return ParamsError(
        f"the simulated area has no room for {count} landslides; enlarge it, or lower the counts "
        "of dates"
    )


def _first_that_fits(
    area_m2: float,
    lines: FallLines,
    relief_m: Float32,
    free: Mask,
    pixel_m: float,
    rng: np.random.Generator,
    tries: int = 60,
) -> Body | None:
    """Return a body on the first free line that is long enough, or None."""
    length_px = length_m(area_m2) * float(np.exp(rng.normal(0, 0.25))) / pixel_m
    for line in rng.permutation(np.flatnonzero(lines.steps >= max(2.0, 0.55 * length_px)))[:tries]:
        path = lines.places[line, : min(int(lines.steps[line]), int(length_px)) + 1]
        if _is_clear(path, 0.75 * area_m2 / pixel_m**2 / len(path), free):
            body = shape_body(path, area_m2, relief_m, free, pixel_m, rng)
            if body is not None:
                return body
    return None


def _is_clear(path: Float64, margin_px: float, free: Mask) -> bool:
    """Return whether a path and its two sides are on free ground, before a body is shaped."""
    direction = np.gradient(path, axis=0)
    side = (
        margin_px
        * np.column_stack([-direction[:, 1], direction[:, 0]])
        / np.maximum(np.hypot(*direction.T), 1e-9)[:, None]
    )
    cells = np.rint(np.concatenate([path, path - side, path + side])).astype(int)
    return bool((cells >= 0).all() and (cells < free.shape).all() and free[tuple(cells.T)].all())


def _occupy(free: Mask, body: Body) -> None:
    """Reserve the body with room to grow and a gap to its neighbours."""
    grown = to_pixels(body.depth < body.outline_level(GROWTH_ROOM * body.area_m2)) > 0
    free[body.rows, body.columns] &= ~ndimage.binary_dilation(grown, iterations=4)
