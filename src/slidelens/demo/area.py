"""The investigation area, as a user would draw it on the image."""

from __future__ import annotations

import numpy as np
import shapely

from slidelens.geo.grid import Grid

CORNERS = 15
EDGE = 0.985
"""Largest extent of the area, as a share of the image's half-width and half-height."""


def draw_area(grid: Grid, share: float, rng: np.random.Generator) -> shapely.Polygon:
    """Draw a polygon of straight edges that covers about `share` of the image.

    Args:
        grid: grid of the image.
        share: area of the polygon over that of the image.
        rng: random generator.
    """
    left, bottom, right, top = grid.bounds
    half = np.array([right - left, top - bottom]) / 2
    angles = np.linspace(0, 2 * np.pi, CORNERS, endpoint=False) + rng.uniform(-0.12, 0.12, CORNERS)
    directions = np.column_stack([np.cos(angles), np.sin(angles)])
    corners = (
        directions
        / np.abs(directions).max(axis=1, keepdims=True)
        * rng.uniform(0.93, 1.0, (CORNERS, 1))
        * half
    )
    size = np.sqrt(share * 4 * half.prod() / shapely.Polygon(corners).area)
    return shapely.Polygon(
        np.round(
            np.array([left, bottom]) + half + np.clip(corners * size, -EDGE * half, EDGE * half)
        )
    )
