"""Landslides: how large they are, where they start, and the way that they take downslope."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.special import gammaincc, gammainccinv

from slidelens.demo.landslides.body import MEAN_WIDTH, Body, Line, at_pixels, mould
from slidelens.demo.params import LandslideParams
from slidelens.demo.relief.noise import fractal, smoothstep
from slidelens.demo.relief.terrain import Terrain
from slidelens.errors import ParamsError
from slidelens.types import Float32

ROOM = 2.0
"""Ground kept free for a landslide, over its first area: for the growth that histories allow (1.67) and the above."""


def draw_areas(
    count: int, params: LandslideParams, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Areas in m² from the inverse gamma of Malamud et al. (2004, doi 10.1002/esp.1064), within the limits, in random order.

    One from each of `count` equally likely classes, so that a small sample keeps the distribution's shape.
    """
    scale, shift = params.a_km2 * 1e6, params.s_km2 * 1e6
    low, high = (
        gammaincc(params.rho, scale / (area - shift))
        for area in (params.min_area_m2, params.max_area_m2)
    )
    share = low + (high - low) * (np.arange(count) + rng.random(count)) / max(count, 1)
    return np.asarray(rng.permutation(shift + scale / gammainccinv(params.rho, share)), dtype=float)


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


@dataclass(frozen=True)
class Ways:
    """Fall lines from possible heads, more of them where landslides are likelier.

    places: (n, steps, 2) rows and columns, a pixel apart; after its end a way stays where it is
    steps: (n,) pixels run
    """

    places: NDArray[np.float64]
    steps: NDArray[np.int64]


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
    ways = _ways_down(
        chance,
        terrain,
        river_px,
        longest_px=2.2 * _length_m(float(areas_m2.max(initial=1.0))) / terrain.pixel_m,
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


def _width_m(area_m2: float) -> float:
    """Longer landslides are more slender: 26 m wide at 2,500 m², 132 m at 150,000 m²."""
    return 1.12 * area_m2**0.4


def _length_m(area_m2: float) -> float:
    return area_m2 / (MEAN_WIDTH * _width_m(area_m2))


def _ways_down(
    chance: Float32,
    terrain: Terrain,
    river_px: Float32,
    longest_px: float,
    rng: np.random.Generator,
    count: int = 6000,
) -> Ways:
    """Down the fall line with some inertia, until the ground is flat, the river is reached, or the edge."""
    fall = np.stack(
        np.gradient(-ndimage.gaussian_filter(terrain.elevation_m, 3.0), terrain.pixel_m)
    )
    heads = rng.choice(
        chance.size, size=count, p=chance.ravel().astype(float) / float(chance.sum(dtype=float))
    )
    place = np.column_stack(np.divmod(heads, chance.shape[1])).astype(float)
    heading, going, places = np.zeros_like(place), np.ones(count, bool), [place]
    for _ in range(int(longest_px)):
        row, column = np.rint(place).astype(int).T
        pull = fall[:, row, column].T.astype(float)
        steep = np.hypot(*pull.T)
        going &= (steep > 0.12) & (river_px[row, column] > 2.5)
        heading = (
            0.75 * heading
            + 0.25 * pull / np.maximum(steep, 1e-9)[:, None]
            + rng.normal(0, 0.035, place.shape)
        )
        ahead = place + heading / np.maximum(np.hypot(*heading.T), 1e-9)[:, None]
        going &= ((ahead >= 1) & (ahead <= np.array(chance.shape) - 2)).all(axis=1)
        place = np.where(going[:, None], ahead, place)
        places.append(place)
    way = np.stack(places, axis=1)
    return Ways(way, np.count_nonzero(np.diff(way, axis=1).any(axis=2), axis=1))


def _first_that_fits(
    area_m2: float,
    ways: Ways,
    relief_m: Float32,
    free: NDArray[np.bool_],
    pixel_m: float,
    rng: np.random.Generator,
    tries: int = 60,
) -> Body | None:
    """A body on the first of some long enough ways that is free; None where none is."""
    length_px = _length_m(area_m2) * float(np.exp(rng.normal(0, 0.25))) / pixel_m
    for way in rng.permutation(np.flatnonzero(ways.steps >= max(2.0, 0.55 * length_px)))[:tries]:
        path = ways.places[way, : min(int(ways.steps[way]), int(length_px)) + 1]
        if _is_clear(path, 0.75 * area_m2 / pixel_m**2 / len(path), free):
            body = _body(path, area_m2, relief_m, free, pixel_m, rng)
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
    grown = at_pixels(body.depth < body.outline_level(ROOM * body.area_m2)) > 0
    free[body.rows, body.columns] &= ~ndimage.binary_dilation(grown, iterations=4)


def _body(
    path: NDArray[np.float64],
    area_m2: float,
    relief_m: Float32,
    free: NDArray[np.bool_],
    pixel_m: float,
    rng: np.random.Generator,
) -> Body | None:
    """The landslide that runs down `path`, or None where it does not fit."""
    width_px = area_m2 / pixel_m**2 / (MEAN_WIDTH * len(path))
    lines = [(path, width_px * _profile(len(path), rng))]
    if area_m2 > 4_000:
        lines += _branches(path, width_px, rng)
    window = _window(lines, width_px, free.shape)
    if window is None:
        return None
    body = mould(lines, window, area_m2, relief_m, pixel_m, rng)
    grown = at_pixels(body.depth < body.outline_level(ROOM * area_m2)) > 0
    return body if free[body.rows, body.columns][grown].all() else None


def _profile(count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Half-width along the path over the width: a rounded scar, a narrower track, a spread and tapering toe."""
    along = np.linspace(0, 1, count)
    neck, spread = rng.uniform(0.35, 0.8), rng.uniform(0.4, 1.1)
    shape = np.interp(
        along,
        [0, 0.04, 0.14, 0.3, 0.55, 0.82, 0.95, 1],
        [0.25, 0.7, 1.2, 1.05, neck, spread, 0.5 * spread, 0.15],
    )
    wobble = ndimage.gaussian_filter1d(rng.standard_normal(count + 40), max(1.5, count / 25))[
        20:-20
    ]
    return np.asarray(
        0.5
        * shape
        * (1 + 0.3 * wobble / max(wobble.std(), 1e-9) * min(1.0, count / 12)).clip(0.4, 1.7)
    )


def _branches(path: NDArray[np.float64], width_px: float, rng: np.random.Generator) -> list[Line]:
    """Smaller heads beside the main one that run into its track."""
    lines = []
    for _ in range(int(rng.integers(0, 2 + min(4, len(path) // 25)))):
        joins = path[int(rng.uniform(0.2, 0.8) * (len(path) - 1))]
        along = (joins - path[0]) / max(np.hypot(*(joins - path[0])), 1e-9)
        side = np.array([-along[1], along[0]]) * rng.choice([-1, 1])
        head = (
            joins
            - along * rng.uniform(1.5, 3.0) * width_px
            + side * rng.uniform(0.5, 1.3) * width_px
        )
        count = max(4, int(np.hypot(*(joins - head))))
        share = np.linspace(0, 1, count)[:, None]
        bend = side * np.sin(np.pi * share) * rng.normal(0, 0.15) * width_px
        half = (
            width_px * rng.uniform(0.15, 0.32) * np.interp(share[:, 0], [0, 0.15, 1], [0.5, 1, 0.8])
        )
        lines.append((head * (1 - share) + joins * share + bend, half))
    return lines


def _window(
    lines: list[Line], width_px: float, shape: tuple[int, ...]
) -> tuple[slice, slice] | None:
    """Whole pixels around the lines, with room to grow; None where that reaches over the edge."""
    points = np.concatenate([line for line, _ in lines])
    room = 1.1 * width_px + 4
    low, high = (
        np.floor(points.min(axis=0) - room).astype(int),
        np.ceil(points.max(axis=0) + room).astype(int),
    )
    if (low < 0).any() or (high > np.array(shape)).any():
        return None
    return slice(int(low[0]), int(high[0])), slice(int(low[1]), int(high[1]))
