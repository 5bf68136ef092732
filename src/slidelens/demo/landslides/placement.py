"""Place landslides: where they start, and on which free ground they run downslope."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from slidelens.demo.landslides.areas import length_m
from slidelens.demo.landslides.body import Body, at_pixels
from slidelens.demo.landslides.fall_lines import FallLines, trace_fall_lines
from slidelens.demo.landslides.shaping import GROWTH_ROOM, shape_body
from slidelens.demo.relief.noise import fractal, smoothstep
from slidelens.demo.relief.terrain import Terrain
from slidelens.errors import ParamsError
from slidelens.types import Float32


def susceptibility(
    terrain: Terrain,
    river_px: Float32,
    road_px: Float32,
    allowed: NDArray[np.bool_],
    rng: np.random.Generator,
) -> Float32:
    """(height, width) relative chance of a landslide's head: steep ground, undercut by a river or a road, in clusters."""
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
    return (steep * undercut * cluster * allowed).astype(np.float32)


def place_bodies(
    areas_m2: NDArray[np.float64],
    terrain: Terrain,
    chance: Float32,
    river_px: Float32,
    allowed: NDArray[np.bool_],
    rng: np.random.Generator,
) -> list[Body]:
    """A body for each area, in the same order, none on another's ground; what finds no room is made smaller until it does.

    chance: (height, width) see `susceptibility`; allowed: (height, width) ground that landslides may take
    Raises ParamsError where there is no room for so many.
    """
    if not chance.any():
        raise _no_room(len(areas_m2))
    ways = trace_fall_lines(
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
            body = _first_that_fits(area_m2, ways, relief_m, free, terrain.pixel_m, rng)
            area_m2 *= 0.9
        bodies[i] = body
        _occupy(free, body)
    return [bodies[i] for i in range(len(areas_m2))]


def _no_room(count: int) -> ParamsError:
    return ParamsError(
        f"the simulated area has no room for {count} landslides; enlarge it, or lower the counts of dates"
    )


def _first_that_fits(
    area_m2: float,
    ways: FallLines,
    relief_m: Float32,
    free: NDArray[np.bool_],
    pixel_m: float,
    rng: np.random.Generator,
    tries: int = 60,
) -> Body | None:
    """A body on the first of some long enough ways that is free; None where none is."""
    length_px = length_m(area_m2) * float(np.exp(rng.normal(0, 0.25))) / pixel_m
    for way in rng.permutation(np.flatnonzero(ways.steps >= max(2.0, 0.55 * length_px)))[:tries]:
        path = ways.places[way, : min(int(ways.steps[way]), int(length_px)) + 1]
        if _is_clear(path, 0.75 * area_m2 / pixel_m**2 / len(path), free):
            body = shape_body(path, area_m2, relief_m, free, pixel_m, rng)
            if body is not None:
                return body
    return None


def _is_clear(path: NDArray[np.float64], margin_px: float, free: NDArray[np.bool_]) -> bool:
    """Whether the path and the lines at some distance on both sides lie on free ground: a quick look before the body is moulded."""
    direction = np.gradient(path, axis=0)
    side = (
        margin_px
        * np.column_stack([-direction[:, 1], direction[:, 0]])
        / np.maximum(np.hypot(*direction.T), 1e-9)[:, None]
    )
    cells = np.rint(np.concatenate([path, path - side, path + side])).astype(int)
    return bool((cells >= 0).all() and (cells < free.shape).all() and free[tuple(cells.T)].all())


def _occupy(free: NDArray[np.bool_], body: Body) -> None:
    """Leave room to grow, and a gap, between landslides."""
    grown = at_pixels(body.depth < body.outline_level(GROWTH_ROOM * body.area_m2)) > 0
    free[body.rows, body.columns] &= ~ndimage.binary_dilation(grown, iterations=4)
