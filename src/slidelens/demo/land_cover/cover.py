"""Land cover: shares of materials in every pixel, from height, slope, moisture and land use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from slidelens.demo.imaging.spectra import MATERIALS, material_index
from slidelens.demo.land_cover.fields import Fields, lay_out_fields
from slidelens.demo.land_cover.roads import lay_out_roads
from slidelens.demo.relief.lines import Distance, distance_to, line_coverage
from slidelens.demo.relief.noise import fractal, smoothstep
from slidelens.demo.relief.terrain import TRUNK_M2, Terrain
from slidelens.types import Float32, Float64

WILD = ("broadleaf", "conifer", "shrub", "grass", "rock", "soil")


@dataclass(frozen=True)
class Cover:
    """The land cover before landslides, snow and the crops of a year.

    Attributes:
        shares: (materials, height, width) shares that add up to 1; farmed ground is all `crop`.
        brightness: (height, width) variation of brightness within a material, around 1.
        crowns_m: (height, width) height of the canopy above the ground.
        fields: the parcels, whose crops change every year.
        river: distance to the channels; its value is the catchment in m².
        road: distance to the roads; its value is the road's width in pixels.
    """

    shares: Float32
    brightness: Float32
    crowns_m: Float32
    fields: Fields
    river: Distance
    road: Distance


def grow_cover(terrain: Terrain, rng: np.random.Generator) -> Cover:
    """Simulate the land cover of a terrain."""
    shape = terrain.elevation_m.shape
    shares = _natural_shares(terrain, rng)
    river = distance_to(_meandering_points(terrain, rng), shape)
    fields = lay_out_fields(terrain, river, rng)
    put_materials(shares, fields.share, {"crop": 1.0})
    _put_water(shares, terrain, river, rng)
    road = lay_out_roads(terrain, fields.villages, rng)
    _put_road(shares, road, terrain.slope, rng)
    put_materials(shares, fields.roofs, {"roof": 1.0})
    brightness = np.exp(
        0.06 * fractal(shape, rng, 300, 2, 1.6) + 0.05 * fractal(shape, rng, 6, 2, 0.5)
    ).astype(np.float32)
    return Cover(shares, brightness, _crowns(shares, rng), fields, river, road)


def put_materials(
    shares: Float32,
    covered: NDArray[np.floating],
    materials: Mapping[str, float | NDArray[np.floating]],
) -> None:
    """Cover a share of every pixel with a mixture of materials, in place.

    Args:
        shares: (materials, height, width) shares to change.
        covered: (height, width) share of each pixel that is covered, 0 to 1.
        materials: shares of the mixture, which add up to 1.
    """
    shares *= 1.0 - covered
    for material, part in materials.items():
        shares[material_index(material)] += covered * part


def _natural_shares(terrain: Terrain, rng: np.random.Generator) -> Float32:
    """Let forest, shrub, grass, rock and soil compete; the best suited takes most of a pixel."""
    shape = terrain.elevation_m.shape
    suited = _suitability(terrain, rng)
    suited -= suited.max(axis=0)
    weight = np.exp(suited * 9.0)
    weight /= weight.sum(axis=0)
    shares = np.zeros((len(MATERIALS), *shape), np.float32)
    for material, part in zip(WILD, weight, strict=True):
        shares[material_index(material)] = part
    return shares


def _suitability(terrain: Terrain, rng: np.random.Generator) -> Float32:
    z, slope, shape = terrain.elevation_m, terrain.slope, terrain.elevation_m.shape
    # Positive where the ground rises southwards: slopes that face north, shady and moist.
    south = ndimage.gaussian_filter(terrain.gradient[0], 6)
    ridge = np.clip((z - ndimage.gaussian_filter(z, 40)) / 60.0, -1.5, 1.5)
    patch = [fractal(shape, rng, 260, 3, 2.0) for _ in range(4)]
    fine = fractal(shape, rng, 12, 2, 1.0)
    tree_line = smoothstep(z + 120 * patch[3], 3500, 3100)
    steep = smoothstep(slope + 0.05 * patch[2], 0.95, 1.4)
    broadleaf = (
        0.95 - 0.5 * smoothstep(z, 1900, 2700) - 0.20 * ridge + 0.22 * patch[0] + 0.25 * south
    )
    conifer = (
        0.42 + 0.55 * smoothstep(z, 1800, 2600) + 0.12 * ridge + 0.22 * patch[1] + 0.25 * south
    )
    shrub = 0.62 + 0.10 * ridge + 0.26 * patch[2] + 0.12 * fine - 0.25 * south
    grass = (
        0.36
        + 0.20 * ridge
        + 0.26 * patch[3]
        + 0.10 * fine
        - 0.55 * south
        + 0.25 * smoothstep(z, 2900, 3500)
    )
    rock = -0.22 + 0.95 * steep + 0.30 * patch[1] + 0.22 * fine + 0.35 * smoothstep(z, 2600, 3600)
    soil = -0.05 + 0.30 * steep + 0.25 * patch[0] + 0.30 * fine - 0.1 * south
    return np.stack([broadleaf * tree_line, conifer * tree_line, shrub, grass, rock, soil]).astype(
        np.float32
    )


def _meandering_points(terrain: Terrain, rng: np.random.Generator) -> Float64:
    """Return the points of the channels, the trunk river moved within its gravel floor."""
    points = terrain.channels.copy()
    trunk = points[:, 2] >= TRUNK_M2
    at = tuple(np.rint(points[trunk, :2]).astype(int).T)
    for axis in (0, 1):
        points[trunk, axis] += 4.0 * fractal(terrain.elevation_m.shape, rng, 120, 25, 2.5)[at]
    inside = (
        (points[:, :2] >= 0) & (points[:, :2] <= np.array(terrain.elevation_m.shape) - 1)
    ).all(axis=1)
    return points[inside]


def _put_water(
    shares: Float32, terrain: Terrain, river: Distance, rng: np.random.Generator
) -> None:
    """Add gravel bars, the trunk river and bouldery streams."""
    shape = terrain.elevation_m.shape
    ragged = 2.5 * fractal(shape, rng, 40, 3, 1.8)
    trunk = river.value >= TRUNK_M2
    width_px = (
        np.where(trunk, 32.0, 1.6 * np.maximum(river.value * 1e-6, 0.01) ** 0.4) / terrain.pixel_m
    )
    reach_px = (
        width_px / 2 + np.maximum(14 + 22 * fractal(shape, rng, 110, 20, 2.0), -4) / terrain.pixel_m
    )
    wet = np.clip(0.35 + 0.3 * fractal(shape, rng, 50, 3, 1.6), 0, 1)
    put_materials(
        shares,
        smoothstep(river.pixels + ragged, reach_px + 2, reach_px) * trunk,
        {"gravel": 1 - wet, "boulders": wet},
    )
    bouldery = np.clip(0.25 + 0.35 * fractal(shape, rng, 60, 4, 1.5), 0, 0.8) * (
        ~trunk & (river.value > 4e5)
    )
    put_materials(
        shares,
        line_coverage(river.pixels, width_px * 3.0) * bouldery,
        {"boulders": 0.7, "gravel": 0.3},
    )
    put_materials(
        shares,
        line_coverage(river.pixels + 0.25 * ragged * trunk, width_px),
        {"water": 0.92, "gravel": 0.08},
    )


def _put_road(shares: Float32, road: Distance, slope: Float32, rng: np.random.Generator) -> None:
    """Add dirt roads and, on steep ground, the spoil of their cuts."""
    spoil = smoothstep(fractal(slope.shape, rng, 60, 2, 1.2), 0.9, 1.6) * smoothstep(
        slope, 0.5, 0.7
    )
    put_materials(
        shares, line_coverage(road.pixels, 3.2) * spoil * 0.8, {"debris": 0.4, "soil": 0.6}
    )
    put_materials(shares, line_coverage(road.pixels, road.value), {"road": 1.0})


def _crowns(shares: Float32, rng: np.random.Generator) -> Float32:
    """Return the canopy height: tall uneven trees, low shrub, none elsewhere."""
    trees = shares[material_index("broadleaf")] + shares[material_index("conifer")]
    uneven = fractal(trees.shape, rng, 7, 2, 0.8)
    return np.asarray(
        trees * (11.0 + 2.2 * uneven) + shares[material_index("shrub")] * (2.0 + 0.8 * uneven),
        np.float32,
    )
