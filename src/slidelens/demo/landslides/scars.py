"""Appearance of bare and old landslides: debris with streaks, and plants returning in patches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from slidelens.demo.land_cover.cover import put_materials
from slidelens.demo.landslides.body import Body, to_pixels
from slidelens.demo.relief.noise import fractal, smoothstep
from slidelens.types import Float32, Mask


@dataclass(frozen=True)
class Scar:
    """The appearance of a landslide, the same at every date.

    Attributes:
        body: its body.
        tone: share of soil in the debris, 0 to 1.
        stony: share of boulders towards the toe, 0 to 1.
        streaks: flow lines and rills in the body's cells, mean 0 and standard deviation 1.
        patches: where plants persist, as `streaks`.
    """

    body: Body
    tone: float
    stony: float
    streaks: Float32
    patches: Float32


def draw_scar(body: Body, rng: np.random.Generator) -> Scar:
    """Draw the appearance of a body at random."""
    table = fractal((64, 256), rng, 64, 2, 1.3)
    coordinates = (body.along * 20 + 0.3 * body.across_px, body.across_px * 1.3)
    streaks = ndimage.map_coordinates(
        table, coordinates, order=1, mode="grid-wrap", output=np.float32
    )
    return Scar(
        body,
        float(rng.uniform(0, 1)),
        float(rng.uniform(0.1, 0.6)),
        streaks,
        fractal(body.depth.shape, rng, 160, 6, 2.4),
    )


def put_landslide(
    shares: Float32,
    brightness: Float32,
    crowns_m: Float32,
    scar: Scar,
    ground: Mask,
    freshness: float,
    contrast: float,
) -> None:
    """Put a landslide into the land cover, in place.

    Args:
        shares: (materials, height, width).
        brightness: (height, width).
        crowns_m: (height, width).
        scar: the landslide.
        ground: its bare cells.
        freshness: 1 for bare debris, 0 for overgrown ground.
        contrast: how much barer than its surroundings it is, 0 to 1.
    """
    window = (scar.body.rows, scar.body.columns)
    covered = to_pixels(ground)
    streaks, patches = to_pixels(scar.streaks), to_pixels(scar.patches)
    bare = to_pixels(_bareness(scar, freshness) * ground) / np.maximum(covered, 1e-6) * contrast
    put_materials(shares[:, *window], covered, _mixture(scar, bare, streaks))
    shade = (0.82 + 0.30 * scar.tone) * np.exp(0.11 * streaks + 0.12 * patches)
    brightness[window] = brightness[window] * (1 - covered) + covered * shade
    crowns_m[window] *= 1 - covered


def _bareness(scar: Scar, freshness: float) -> Float32:
    """Return the bareness of each cell, 0 to 1; plants return from the edges and in patches."""
    inward = np.clip(-2 * scar.body.depth, 0, 1) - 0.5
    persistence = (1.1 - freshness) * (0.5 * scar.patches + 0.7 * inward)
    return np.clip(0.5 + 1.6 * (freshness - 0.45) + persistence + 0.15 * scar.streaks, 0, 1).astype(
        np.float32
    )


def _mixture(
    scar: Scar, bare: NDArray[np.floating], streaks: Float32
) -> dict[str, NDArray[np.floating]]:
    """Return the materials of bare ground: debris, boulders towards the toe, and plants."""
    along = to_pixels(scar.body.along)
    boulders = np.clip(scar.stony * smoothstep(along, 0.25, 0.9) + 0.15 * streaks, 0, 1)
    debris = (1 - boulders) * (1 - 0.55 * scar.tone * smoothstep(along, 0.0, 0.6))
    return {
        "debris": bare * debris,
        "soil": bare * (1 - boulders - debris),
        "boulders": bare * boulders,
        "grass": (1 - bare) * 0.65,
        "shrub": (1 - bare) * 0.35,
    }
