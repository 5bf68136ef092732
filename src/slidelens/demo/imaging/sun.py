"""Position of the sun, and how it illuminates a terrain."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from scipy import ndimage

from slidelens.types import Float32


@dataclass(frozen=True)
class Sun:
    """Direction to the sun in radians.

    Attributes:
        azimuth: clockwise from north.
        elevation: above the horizon.
    """

    azimuth: float
    elevation: float


def sun_at(acquired: datetime, longitude_deg: float, latitude_deg: float) -> Sun:
    """Return the position of the sun at an instant, to about half a degree.

    Args:
        acquired: time with a time zone, or without one in UTC.
        longitude_deg: longitude, positive eastwards.
        latitude_deg: latitude, positive northwards.

    Source:
        Spencer (1971), "Fourier series representation of the position of the sun".
    """
    time = acquired.replace(tzinfo=UTC) if acquired.tzinfo is None else acquired.astimezone(UTC)
    hours = time.hour + time.minute / 60 + time.second / 3600
    angle = 2 * np.pi * (time.timetuple().tm_yday - 1 + hours / 24) / 365
    harmonics = np.array([1, np.cos(angle), np.sin(angle), np.cos(2 * angle), np.sin(2 * angle)])
    declination = np.dot([0.006918, -0.399912, 0.070257, -0.006758, 0.000907], harmonics)
    equation_minutes = 229.18 * np.dot(
        [0.000075, 0.001868, -0.032077, -0.014615, -0.040849], harmonics
    )
    hour_angle = np.radians(15 * (hours - 12) + longitude_deg + equation_minutes / 4)
    latitude = np.radians(latitude_deg)
    up = np.sin(latitude) * np.sin(declination) + np.cos(latitude) * np.cos(declination) * np.cos(
        hour_angle
    )
    east = -np.cos(declination) * np.sin(hour_angle)
    north = np.cos(latitude) * np.sin(declination) - np.sin(latitude) * np.cos(
        declination
    ) * np.cos(hour_angle)
    return Sun(float(np.arctan2(east, north) % (2 * np.pi)), float(np.arcsin(up)))


def relative_incidence(surface_m: Float32, pixel_m: float, sun: Sun) -> Float32:
    """Return the cosine of the sun's angle to the surface, relative to level ground.

    Args:
        surface_m: (height, width) heights.
        pixel_m: side of a pixel.
        sun: direction to the sun.

    Returns:
        (height, width), 0 where the surface faces away from the sun.
    """
    south, east = np.gradient(surface_m, pixel_m)
    toward_east = np.sin(sun.azimuth) * np.cos(sun.elevation)
    toward_north = np.cos(sun.azimuth) * np.cos(sun.elevation)
    facing = (np.sin(sun.elevation) - east * toward_east + south * toward_north) / np.sqrt(
        1 + south**2 + east**2
    )
    return np.asarray(np.clip(facing, 0, None) / np.sin(sun.elevation), np.float32)


def sunlit_share(elevation_m: Float32, pixel_m: float, sun: Sun, coarsening: int = 2) -> Float32:
    """Return the (height, width) share of the sun's disc above the terrain.

    It is 0 in cast shadow, 1 in the sun, and between in the penumbra.

    Args:
        elevation_m: (height, width) heights.
        pixel_m: side of a pixel.
        sun: direction to the sun.
        coarsening: side in pixels of the cells in which rays are followed.
    """
    coarse = elevation_m[::coarsening, ::coarsening]
    blocked = _shadow_height(coarse, pixel_m * coarsening, sun)
    depth_m = np.clip((blocked - coarse) / 6.0 + 0.5, 0, 1)
    fine = ndimage.zoom(1 - depth_m, coarsening, order=1, grid_mode=True, mode="nearest")
    return np.asarray(
        ndimage.gaussian_filter(fine[: elevation_m.shape[0], : elevation_m.shape[1]], 0.8),
        np.float32,
    )


def _shadow_height(height_m: Float32, cell_m: float, sun: Sun) -> Float32:
    """Return the height that the terrain's shadow reaches in each cell; −inf without obstacles."""
    rise = cell_m * np.tan(sun.elevation)
    down, right = -np.cos(sun.azimuth), np.sin(sun.azimuth)
    shadow = np.full(height_m.shape, -np.inf, np.float32)
    farthest = int(float(np.ptp(height_m)) / rise) + 1
    for step in range(1, min(farthest, max(height_m.shape)) + 1):
        rows, columns = round(down * step), round(right * step)
        here, there = _overlap(height_m.shape, rows, columns)
        np.maximum(shadow[here], height_m[there] - rise * np.hypot(rows, columns), out=shadow[here])
    return shadow


def _overlap(
    shape: tuple[int, ...], rows: int, columns: int
) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """Return the cells with a cell `rows` down and `columns` right of them, and those cells."""
    here, there = [], []
    for side, offset in zip(shape, (rows, columns), strict=True):
        start, stop = max(0, -offset), max(0, -offset, side - max(0, offset))
        here.append(slice(start, stop))
        there.append(slice(start + offset, stop + offset))
    return (here[0], here[1]), (there[0], there[1])
