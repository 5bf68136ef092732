"""Villages and terraced fields: parcels along the contours, each with a crop for every year."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage
from scipy.spatial import cKDTree

from slidelens.demo.relief.lines import Distance
from slidelens.demo.relief.noise import fractal, hash_unit, smoothstep
from slidelens.demo.relief.terrain import Terrain
from slidelens.types import Float32, Int64, Mask

TERRACE_M = 9.0
"""Height difference between adjacent rows of parcels."""


@dataclass(frozen=True)
class Fields:
    """Farmed ground.

    Attributes:
        share: (height, width) farmed share of a pixel, 0 to 1.
        parcel: (height, width) number of the parcel.
        riser: (height, width) share of grassy bank between terraces, 0 to 1.
        villages: (n, 2) rows and columns of the village centres.
        roofs: (height, width) roofed share of a pixel, 0 to 1.
    """

    share: Float32
    parcel: Int64
    riser: Float32
    villages: Int64
    roofs: Float32


def lay_out_fields(terrain: Terrain, river: Distance, rng: np.random.Generator) -> Fields:
    """Place villages on gentle lower slopes, fields around them, and houses among the fields.

    Args:
        terrain: the terrain.
        river: distance to the channels; its value is the catchment in m².
        rng: random generator.
    """
    smooth_slope = ndimage.gaussian_filter(terrain.slope, 8)
    height_above_lowest_m = terrain.elevation_m - terrain.elevation_m.min()
    lower = smoothstep(height_above_lowest_m, 1150, 750)
    suited = (
        smoothstep(smooth_slope, 0.78, 0.42)
        * lower
        * (river.pixels > 1.5 + 1.2 * np.maximum(river.value * 1e-6, 0.01) ** 0.2)
    )
    villages = _villages(suited, terrain.pixel_m, rng)
    share = _farmed(suited, villages, terrain, rng)
    parcel, riser = _parcels(terrain, share > 0, rng)
    return Fields(share, parcel, riser, villages, _roofs(villages, share, rng))


def _villages(suited: Float32, pixel_m: float, rng: np.random.Generator) -> Int64:
    """Place about one village per 1.5 km² on good farmland, at least 450 m apart."""
    count = max(1, round(suited.size * pixel_m**2 / 1.5e6))
    chance = (suited * np.exp(0.5 * fractal(suited.shape, rng, 200, 20, 2.0))).ravel().astype(float)
    order = rng.choice(
        suited.size, size=min(400, int((chance > 0).sum())), replace=False, p=chance / chance.sum()
    )
    places: list[Int64] = []
    for cell in order:
        place = np.array(divmod(int(cell), suited.shape[1]))
        if len(places) < count and all(
            np.hypot(*(place - village)) * pixel_m > 450 for village in places
        ):
            places.append(place)
    return np.array(places).reshape(-1, 2)


def _farmed(
    suited: Float32, villages: Int64, terrain: Terrain, rng: np.random.Generator
) -> Float32:
    shape = suited.shape
    away_m = np.full(shape, np.inf, np.float32)
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    for row, column in villages:
        height_above_lowest_m = terrain.elevation_m - terrain.elevation_m[row, column]
        np.minimum(
            away_m,
            np.sqrt(
                ((rows - row) ** 2 + (columns - column) ** 2) * terrain.pixel_m**2
                + (1.5 * height_above_lowest_m) ** 2
            ),
            out=away_m,
        )
    ragged = fractal(shape, rng, 120, 4, 2.0)
    return smoothstep(1.6 * suited + 0.30 * ragged - away_m / 550.0, 0.10, 0.22)


def _parcels(terrain: Terrain, farmed: Mask, rng: np.random.Generator) -> tuple[Int64, Float32]:
    """Lay out rows of parcels between contours, cut by irregular boundaries."""
    shape = terrain.elevation_m.shape
    level = ndimage.gaussian_filter(terrain.elevation_m, 2.0) / TERRACE_M + 0.35 * fractal(
        shape, rng, 150, 12, 2.0
    )
    band = np.floor(level).astype(np.int64)
    spacing = 9.0
    counts = (np.array(shape) / spacing).astype(int) + 2
    seeds = (
        np.stack(np.meshgrid(*(np.arange(n) for n in counts), indexing="ij"), axis=-1).reshape(
            -1, 2
        )
        * spacing
    )
    seeds = seeds + rng.uniform(-0.45, 0.45, seeds.shape) * spacing
    owner = np.zeros(shape, np.int64)
    owner[farmed] = cKDTree(seeds).query(np.argwhere(farmed))[1]
    parcel = band * (len(seeds) + 1) + owner // 2
    within = level - band
    return parcel, smoothstep(np.abs(within - 0.5), 0.30, 0.46)


def _roofs(villages: Int64, farmed: Float32, rng: np.random.Generator) -> Float32:
    """Place houses around the village centres and a few in the fields; a roof is about a pixel."""
    shape = farmed.shape
    roofs = np.zeros(shape, np.float32)
    for centre in villages:
        houses = centre + rng.standard_normal((int(rng.integers(15, 60)), 2)) * rng.uniform(
            4, 11, (1, 2)
        )
        at = np.clip(np.rint(houses).astype(int), 0, np.array(shape) - 1)
        roofs[at[:, 0], at[:, 1]] = rng.uniform(0.25, 0.95, len(at))
    strays = (rng.random(shape) < 0.004) & (farmed > 0.5)
    roofs[strays] = rng.uniform(0.2, 0.8, int(strays.sum()))
    return roofs


def crop_shares(fields: Fields, year: int) -> dict[str, Float32]:
    """Return the shares of crop, stubble, soil, grass and shrub on farmed ground in a year.

    They add up to 1 in every pixel. The use of a parcel changes from year to year; fallow parcels
    are bare and bright, and easily mistaken for a landslide.
    """
    use = (hash_unit(fields.parcel, 1) * 0.5 + hash_unit(fields.parcel, year) * 0.5).astype(
        np.float32
    )
    limits = {
        "crop": (0.0, 0.34),
        "stubble": (0.34, 0.56),
        "soil": (0.56, 0.68),
        "grass": (0.68, 1.01),
    }
    open_ground = 1.0 - 0.75 * fields.riser
    parts = {
        name: ((use >= low) & (use < high)) * open_ground for name, (low, high) in limits.items()
    }
    parts["grass"] = parts["grass"] + 0.45 * fields.riser
    parts["shrub"] = 0.30 * fields.riser
    return {name: part.astype(np.float32) for name, part in parts.items()}
