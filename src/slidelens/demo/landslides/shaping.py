"""Shape the body of a landslide along its path."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from slidelens.demo.landslides.body import MEAN_WIDTH, Body, Line, shape_around, to_pixels
from slidelens.types import Float32, Float64, Mask

GROWTH_ROOM = 2.0
"""Ground kept free, over the initial area: room for growth (at most 1.67) and `MAX_OVERSIZE`."""


def shape_body(
    path: Float64,
    area_m2: float,
    relief_m: Float32,
    free: Mask,
    pixel_m: float,
    rng: np.random.Generator,
) -> Body | None:
    """Shape the landslide that runs down a path.

    Args:
        path: (n, 2) rows and columns, a pixel apart, from head to toe.
        area_m2: initial area.
        relief_m: (height, width) height of the ground above its surroundings.
        free: (height, width) free ground.
        pixel_m: side of a pixel.
        rng: random generator.

    Returns:
        The body, or None if it does not fit.
    """
    width_px = area_m2 / pixel_m**2 / (MEAN_WIDTH * len(path))
    lines = [(path, width_px * _profile(len(path), rng))]
    if area_m2 > 4_000:
        lines += _branches(path, width_px, rng)
    window = _window(lines, width_px, free.shape)
    if window is None:
        return None
    body = shape_around(lines, window, area_m2, relief_m, pixel_m, rng)
    grown = to_pixels(body.depth < body.outline_level(GROWTH_ROOM * area_m2)) > 0
    return body if free[body.rows, body.columns][grown].all() else None


def _profile(count: int, rng: np.random.Generator) -> Float64:
    """Return the half-width along the path, relative to the width.

    The scar is rounded, the track narrower, and the toe spread and tapering.
    """
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


def _branches(path: Float64, width_px: float, rng: np.random.Generator) -> list[Line]:
    """Return smaller heads beside the main one that run into its track."""
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
    """Return the whole pixels around the lines with room to grow; None if they cross the edge."""
    points = np.concatenate([line for line, _ in lines])
    room = 1.1 * width_px + 4
    low = np.floor(points.min(axis=0) - room).astype(int)
    high = np.ceil(points.max(axis=0) + room).astype(int)
    if (low < 0).any() or (high > np.array(shape)).any():
        return None
    return slice(int(low[0]), int(high[0])), slice(int(low[1]), int(high[1]))
