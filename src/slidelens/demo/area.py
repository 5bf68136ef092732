"""The area of interest that somebody drew on the image."""

from __future__ import annotations

import numpy as np
import shapely

from slidelens.geo.grid import Grid

CORNERS = 15
EDGE = 0.985
"""How far towards the image's edge the area may reach."""


def draw_area(grid: Grid, share: float, rng: np.random.Generator) -> shapely.Polygon:
    """A polygon of straight strokes, about `share` of the image, well inside its edges."""
    left, bottom, right, top = grid.bounds
    half = np.array([right - left, top - bottom]) / 2
    angles = np.linspace(0, 2 * np.pi, CORNERS, endpoint=False) + rng.uniform(-0.12, 0.12, CORNERS)
    directions = np.column_stack([np.cos(angles), np.sin(angles)])
    strokes = (
        directions
        / np.abs(directions).max(axis=1, keepdims=True)
        * rng.uniform(0.93, 1.0, (CORNERS, 1))
        * half
    )
    size = np.sqrt(share * 4 * half.prod() / shapely.Polygon(strokes).area)
    return shapely.Polygon(
        np.round(
            np.array([left, bottom]) + half + np.clip(strokes * size, -EDGE * half, EDGE * half)
        )
    )
