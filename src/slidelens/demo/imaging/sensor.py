"""Simulate the satellite image of the ground: illumination, air, clouds, optics and noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from slidelens.demo.imaging.sun import Sun, relative_incidence, sunlit_share
from slidelens.demo.params import DateParams
from slidelens.demo.relief.noise import fractal, smoothstep
from slidelens.types import Float32

DIFFUSE = np.array((0.29, 0.225, 0.185, 0.155, 0.125), np.float32)
"""Share of the illumination from the sky and the surrounding slopes, by band."""
SCATTER = np.array((1.0, 0.66, 0.44, 0.34, 0.20), np.float32)
"""Path reflectance by band, relative to blue."""
SCALE = 10_000
BLUR_PX = 0.55


@dataclass(frozen=True)
class Surface:
    """The ground at a date.

    Attributes:
        reflectance: (bands, height, width) reflectance, 0 to 1.
        elevation_m: (height, width) height of the ground.
        crowns_m: (height, width) height of the canopy above the ground.
        pixel_m: side of a pixel.
    """

    reflectance: Float32
    elevation_m: Float32
    crowns_m: Float32
    pixel_m: float


def simulate_image(
    surface: Surface, sun: Sun, date: DateParams, rng: np.random.Generator
) -> NDArray[np.uint16]:
    """Simulate the image of a date.

    Args:
        surface: the ground.
        sun: direction to the sun.
        date: atmosphere and sensor of the date.
        rng: random generator.

    Returns:
        (bands, height, width) reflectance × 10,000, 0 where masked under cloud.
    """
    shape = surface.elevation_m.shape
    light, sky = _direct_light(surface, sun), _sky_view(surface)
    cloud, shadow = _clouds(shape, date.cloud_share, sun, surface.pixel_m, rng)
    haze = _haze(surface.elevation_m, date.haze, rng)
    image = np.empty((len(DIFFUSE), *shape), np.uint16)
    for band, diffuse in enumerate(DIFFUSE):
        radiance = surface.reflectance[band] * (
            light * (1 - diffuse) * (1 - 0.9 * shadow) + diffuse * sky
        )
        radiance = radiance * (1 - 1.2 * haze * SCATTER[band]) + haze * SCATTER[band]
        radiance = radiance * (1 - cloud) + cloud * (0.62 + 0.05 * SCATTER[band])
        image[band] = _digitise(_optics(radiance * date.gain[band], date.shift_px), rng)
    image[:, ndimage.binary_opening(_optics(cloud, date.shift_px) > 0.4, iterations=2)] = 0
    return image


def _direct_light(surface: Surface, sun: Sun) -> Float32:
    """Return the direct illumination with cast shadows, relative to open level ground."""
    direct = relative_incidence(
        surface.elevation_m + 0.55 * ndimage.gaussian_filter(surface.crowns_m, 0.5),
        surface.pixel_m,
        sun,
    )
    return direct * sunlit_share(surface.elevation_m, surface.pixel_m, sun)


def _sky_view(surface: Surface) -> Float32:
    """Return the visible share of the sky, roughly: less in narrow valleys."""
    depth_m = (
        ndimage.gaussian_filter(surface.elevation_m[::4, ::4], 12) - surface.elevation_m[::4, ::4]
    )
    share = ndimage.zoom(
        np.clip(1 - depth_m / 900, 0.55, 1.15), 4, order=1, grid_mode=True, mode="nearest"
    )
    return np.asarray(
        share[: surface.elevation_m.shape[0], : surface.elevation_m.shape[1]], np.float32
    )


def _haze(elevation_m: Float32, amount: float, rng: np.random.Generator) -> Float32:
    """Return the haze, denser in the valley than over the ridges and varying slowly."""
    lowest = float(elevation_m.min())
    drift = 1 + 0.15 * fractal(elevation_m.shape, rng, 900, 150, 3.0)
    return (amount * np.exp(-(elevation_m - lowest) / 2200) * drift).astype(np.float32)


def _clouds(
    shape: tuple[int, int], cloud_share: float, sun: Sun, pixel_m: float, rng: np.random.Generator
) -> tuple[Float32, Float32]:
    """Return the opacity of small cumulus clouds and of their shadows, cast away from the sun."""
    if cloud_share == 0:
        return np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    field = fractal(shape, rng, 300, 6, 3.1)
    edge = float(np.quantile(field, 1 - cloud_share))
    cloud = smoothstep(field, edge - 0.15, edge + 0.2)
    reach_px = 700.0 / np.tan(sun.elevation) / pixel_m
    down, right = reach_px * np.cos(sun.azimuth), -reach_px * np.sin(sun.azimuth)
    return cloud, np.roll(cloud, (round(down), round(right)), (0, 1))


def _optics(image: Float32, shift_px: tuple[float, float]) -> Float32:
    """Blur by the optics and shift by the registration error."""
    return _shift(ndimage.gaussian_filter(image, BLUR_PX), shift_px)


def _shift(image: Float32, shift_px: tuple[float, float]) -> Float32:
    """Shift down and right by fractional pixels with linear interpolation, edges repeated."""
    for axis, shift in enumerate(shift_px):
        whole = int(np.floor(shift))
        part = np.float32(shift - whole)
        index = np.arange(image.shape[axis]) - whole
        near, far = (
            np.take(image, np.clip(i, 0, len(index) - 1), axis=axis) for i in (index, index - 1)
        )
        image = (1 - part) * near + part * far
    return image


def _digitise(reflectance: Float32, rng: np.random.Generator) -> NDArray[np.uint16]:
    noise = rng.standard_normal(reflectance.shape, dtype=np.float32) * (
        0.0012 + 0.006 * reflectance
    )
    return np.clip(np.rint((reflectance + noise) * SCALE), 1, 65_535).astype(np.uint16)
