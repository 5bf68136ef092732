"""What the satellite makes of the ground: light, air, cloud, optics and noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from slidelens.demo.imaging.sun import Sun, incidence, sunlit
from slidelens.demo.params import DateParams
from slidelens.demo.relief.noise import fractal, smoothstep
from slidelens.types import Float32

DIFFUSE = np.array((0.29, 0.225, 0.185, 0.155, 0.125), np.float32)
"""Share of the light that comes from the sky and from the slopes around, by band."""
SCATTER = np.array((1.0, 0.66, 0.44, 0.34, 0.20), np.float32)
"""Path reflectance by band, over that of blue."""
SCALE = 10_000
BLUR_PX = 0.55


@dataclass(frozen=True)
class Surface:
    """The ground at a date: (bands, height, width) reflectance, the height of ground and crowns, metres, and a pixel's side."""

    reflectance: Float32
    elevation_m: Float32
    crowns_m: Float32
    pixel_m: float


def observe(
    surface: Surface, sun: Sun, date: DateParams, rng: np.random.Generator
) -> NDArray[np.uint16]:
    """The image of a date: (bands, height, width) uint16, reflectance × 10,000, 0 where masked under cloud."""
    shape = surface.elevation_m.shape
    light, sky = _light(surface, sun), _sky(surface)
    cloud, shadow = _clouds(shape, date.cloud_share, sun, surface.pixel_m, rng)
    haze = _haze(surface.elevation_m, date.haze, rng)
    image = np.empty((len(DIFFUSE), *shape), np.uint16)
    for band, diffuse in enumerate(DIFFUSE):
        seen = surface.reflectance[band] * (
            light * (1 - diffuse) * (1 - 0.9 * shadow) + diffuse * sky
        )
        seen = seen * (1 - 1.2 * haze * SCATTER[band]) + haze * SCATTER[band]
        seen = seen * (1 - cloud) + cloud * (0.62 + 0.05 * SCATTER[band])
        image[band] = _digitised(_optics(seen * date.gain[band], date.shift_px), rng)
    image[:, ndimage.binary_opening(_optics(cloud, date.shift_px) > 0.4, iterations=2)] = 0
    return image


def _light(surface: Surface, sun: Sun) -> Float32:
    """Direct light on crowns and slopes, cast shadow included, over that on open level ground."""
    direct = incidence(
        surface.elevation_m + 0.55 * ndimage.gaussian_filter(surface.crowns_m, 0.5),
        surface.pixel_m,
        sun,
    )
    return direct * sunlit(surface.elevation_m, surface.pixel_m, sun)


def _sky(surface: Surface) -> Float32:
    """Share of the sky that is seen, roughly: less in narrow valleys."""
    hollow_m = (
        ndimage.gaussian_filter(surface.elevation_m[::4, ::4], 12) - surface.elevation_m[::4, ::4]
    )
    share = ndimage.zoom(
        np.clip(1 - hollow_m / 900, 0.55, 1.15), 4, order=1, grid_mode=True, mode="nearest"
    )
    return share[: surface.elevation_m.shape[0], : surface.elevation_m.shape[1]].astype(np.float32)


def _haze(elevation_m: Float32, amount: float, rng: np.random.Generator) -> Float32:
    """Thicker in the valley than over the ridges, drifting slowly across the scene."""
    lowest = float(elevation_m.min())
    drift = 1 + 0.15 * fractal(elevation_m.shape, rng, 900, 150, 3.0)
    return (amount * np.exp(-(elevation_m - lowest) / 2200) * drift).astype(np.float32)


def _clouds(
    shape: tuple[int, int], share: float, sun: Sun, pixel_m: float, rng: np.random.Generator
) -> tuple[Float32, Float32]:
    """Opacity of small cumulus clouds and of their shadows, which fall away from the sun."""
    if share == 0:
        return np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    field = fractal(shape, rng, 300, 6, 3.1)
    edge = float(np.quantile(field, 1 - share))
    cloud = smoothstep(field, edge - 0.15, edge + 0.2)
    reach_px = 700.0 / np.tan(sun.elevation) / pixel_m
    down, right = reach_px * np.cos(sun.azimuth), -reach_px * np.sin(sun.azimuth)
    return cloud, np.roll(cloud, (round(down), round(right)), (0, 1))


def _optics(image: Float32, shift_px: tuple[float, float]) -> Float32:
    """Blur of the optics, and the registration's error of part of a pixel."""
    return _moved(ndimage.gaussian_filter(image, BLUR_PX), shift_px)


def _moved(image: Float32, shift_px: tuple[float, float]) -> Float32:
    """Moved down and right by parts of a pixel or more, linearly interpolated, edges repeated."""
    for axis, shift in enumerate(shift_px):
        whole = int(np.floor(shift))
        part = np.float32(shift - whole)
        index = np.arange(image.shape[axis]) - whole
        near, far = (
            np.take(image, np.clip(i, 0, len(index) - 1), axis=axis) for i in (index, index - 1)
        )
        image = (1 - part) * near + part * far
    return image


def _digitised(reflectance: Float32, rng: np.random.Generator) -> NDArray[np.uint16]:
    noise = rng.standard_normal(reflectance.shape, dtype=np.float32) * (
        0.0012 + 0.006 * reflectance
    )
    return np.clip(np.rint((reflectance + noise) * SCALE), 1, 65_535).astype(np.uint16)
