"""How open and old landslide ground looks: debris with streaks, plants coming back in patches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from slidelens.demo.land_cover.cover import put
from slidelens.demo.landslides.body import Body, at_pixels
from slidelens.demo.relief.noise import fractal, smoothstep
from slidelens.types import Float32


@dataclass(frozen=True)
class Scar:
    """A landslide's own look, the same at every date.

    tone, stony: 0–1: how much soil there is in the debris, and how many boulders towards the toe
    streaks, patches: its body's cells, mean 0 and deviation 1: flow lines and rills; where plants hold on
    """

    body: Body
    tone: float
    stony: float
    streaks: Float32
    patches: Float32


def scar_of(body: Body, rng: np.random.Generator) -> Scar:
    """A look drawn at random for a body."""
    table = fractal((64, 256), rng, 64, 2, 1.3)
    at = (body.along * 20 + 0.3 * body.across_px, body.across_px * 1.3)
    streaks = ndimage.map_coordinates(table, at, order=1, mode="grid-wrap", output=np.float32)
    return Scar(
        body,
        float(rng.uniform(0, 1)),
        float(rng.uniform(0.1, 0.6)),
        streaks,
        fractal(body.depth.shape, rng, 160, 6, 2.4),
    )


def lay_bare(
    shares: Float32,
    brightness: Float32,
    crowns_m: Float32,
    scar: Scar,
    ground: NDArray[np.bool_],
    freshness: float,
    contrast: float,
) -> None:
    """Put a landslide into the cover, in place.

    shares: (materials, height, width); brightness, crowns_m: (height, width)
    ground: its open cells; freshness: 1 raw debris, 0 grown over; contrast: how much barer than its surroundings it is, 0–1
    """
    window = (scar.body.rows, scar.body.columns)
    covered = at_pixels(ground)
    streaks, patches = at_pixels(scar.streaks), at_pixels(scar.patches)
    bare = at_pixels(_bareness(scar, freshness) * ground) / np.maximum(covered, 1e-6) * contrast
    put(shares[:, *window], covered, _mixture(scar, bare, streaks))
    shade = (0.82 + 0.30 * scar.tone) * np.exp(0.11 * streaks + 0.12 * patches)
    brightness[window] = brightness[window] * (1 - covered) + covered * shade
    crowns_m[window] *= 1 - covered


def _bareness(scar: Scar, freshness: float) -> Float32:
    """(cells) 0–1: plants come back from the edges and in patches."""
    inward = np.clip(-2 * scar.body.depth, 0, 1) - 0.5
    kept = (1.1 - freshness) * (0.5 * scar.patches + 0.7 * inward)
    return np.clip(0.5 + 1.6 * (freshness - 0.45) + kept + 0.15 * scar.streaks, 0, 1).astype(
        np.float32
    )


def _mixture(
    scar: Scar, bare: NDArray[np.floating], streaks: Float32
) -> dict[str, NDArray[np.floating]]:
    """Parts of the open ground: debris, more boulders towards the toe, and what grows on it."""
    along = at_pixels(scar.body.along)
    boulders = np.clip(scar.stony * smoothstep(along, 0.25, 0.9) + 0.15 * streaks, 0, 1)
    debris = (1 - boulders) * (1 - 0.55 * scar.tone * smoothstep(along, 0.0, 0.6))
    return {
        "debris": bare * debris,
        "soil": bare * (1 - boulders - debris),
        "boulders": bare * boulders,
        "grass": (1 - bare) * 0.65,
        "shrub": (1 - bare) * 0.35,
    }
