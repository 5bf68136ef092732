"""Locator globe with land, meridians and parallels."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import ArrayLike

from slidelens.types import Float64, Mask

if TYPE_CHECKING:
    from matplotlib.axes import Axes


_STEP_DEG = 30
_PLACE = "#D55E00"
_SEA, _LAND = "#E3EEF7", "#C9C1AC"
_PIXELS = 400  # side of the image of the land


def orthographic(
    longitude_deg: ArrayLike, latitude_deg: ArrayLike, centre_deg: tuple[float, float]
) -> tuple[Float64, Float64]:
    """Project onto a globe of radius 1 seen from above `centre_deg`, east to the right.

    Args:
        longitude_deg: longitudes.
        latitude_deg: latitudes, of the same shape or broadcastable.
        centre_deg: longitude and latitude of the centre of the view.

    Returns:
        x and y, NaN on the far side of the globe.

    Source:
        Snyder (1987), Map projections: a working manual, p. 145.
    """
    east = np.radians(np.asarray(longitude_deg, float) - centre_deg[0])
    latitude = np.radians(np.asarray(latitude_deg, float))
    centre = np.radians(centre_deg[1])
    near = np.sin(centre) * np.sin(latitude) + np.cos(centre) * np.cos(latitude) * np.cos(east) >= 0
    x = np.cos(latitude) * np.sin(east)
    y = np.cos(centre) * np.sin(latitude) - np.sin(centre) * np.cos(latitude) * np.cos(east)
    return np.where(near, x, np.nan), np.where(near, y, np.nan)


def inverse_orthographic(
    x: Float64, y: Float64, centre_deg: tuple[float, float]
) -> tuple[Float64, Float64]:
    """Return longitude and latitude in degrees of points in the view of `orthographic`.

    Args:
        x: points to the right of the centre, in radii.
        y: points above the centre, in radii.
        centre_deg: longitude and latitude of the centre of the view.

    Returns:
        Longitude and latitude, NaN outside the globe.

    Source:
        Snyder (1987), Map projections: a working manual, p. 145.
    """
    distance = np.hypot(x, y)
    # Height above the plane through the globe's centre.
    height = np.sqrt(np.where(distance <= 1, 1 - distance**2, np.nan))
    centre = np.radians(centre_deg[1])
    latitude = np.degrees(np.arcsin(height * np.sin(centre) + y * np.cos(centre)))
    longitude = centre_deg[0] + np.degrees(
        np.arctan2(x, height * np.cos(centre) - y * np.sin(centre))
    )
    return (longitude + 180) % 360 - 180, latitude


def visible_land(centre_deg: tuple[float, float], pixels: int) -> Mask:
    """Return a (pixels, pixels) mask of land in a square around the globe, north up.

    Args:
        centre_deg: longitude and latitude of the centre of the view.
        pixels: side of the square.
    """
    across = (np.arange(pixels) + 0.5) * 2 / pixels - 1
    longitude, latitude = inverse_orthographic(*np.meshgrid(across, -across), centre_deg)
    land = shapely.from_geojson(
        Path(__file__).with_name("land.geojson").read_text(encoding="utf-8")
    )
    shapely.prepare(land)
    return shapely.intersects_xy(land, longitude, latitude)


def draw_globe(axes: Axes, longitude_deg: float, latitude_deg: float) -> None:
    """Draw the globe with a marker at a place on its near side."""
    from matplotlib.colors import ListedColormap
    from matplotlib.patches import Circle

    centre = (longitude_deg - 15, latitude_deg * 0.6)
    axes.add_patch(Circle((0, 0), 1, facecolor=_SEA, edgecolor="0.4", linewidth=0.7))
    land = np.ma.masked_equal(visible_land(centre, _PIXELS), False)
    axes.imshow(
        land,
        extent=(-1, 1, -1, 1),
        cmap=ListedColormap([_LAND]),
        interpolation="antialiased",
        zorder=1,
    )
    along = np.linspace(-180, 180, 361)
    for meridian in range(-180, 180, _STEP_DEG):
        axes.plot(*orthographic(meridian, along / 2, centre), **_line(meridian == 0))
        if meridian % 60 == 0:
            _label(axes, meridian, centre)
    for parallel in range(-60, 90, _STEP_DEG):
        axes.plot(*orthographic(along, parallel, centre), **_line(parallel == 0))
    axes.plot(
        *orthographic(longitude_deg, latitude_deg, centre),
        "o",
        color=_PLACE,
        markersize=5,
        markeredgecolor="white",
    )
    axes.set(xlim=(-1.05, 1.05), ylim=(-1.3, 1.05), aspect="equal")
    axes.set_axis_off()


def place_label(longitude_deg: float, latitude_deg: float) -> str:
    """Return a place as text, for example `28.1° N, 85.2° E`."""
    latitude = _degrees(round(latitude_deg, 1), "N", "S")
    longitude = _degrees(round(longitude_deg, 1), "E", "W")
    return f"{latitude}, {longitude}"


def _degrees(value: float, positive: str, negative: str) -> str:
    if value == 0 or abs(value) == 180:
        return f"{abs(value):g}°"
    return f"{abs(value):g}° {positive if value > 0 else negative}"


def _line(main: bool) -> dict[str, Any]:
    """Return the style of a meridian or parallel; Greenwich and the equator stand out."""
    return {"color": "0.4" if main else "0.65", "linewidth": 0.7 if main else 0.4}


def _label(axes: Axes, meridian: float, centre: tuple[float, float]) -> None:
    """Label a meridian at the equator, unless it is seen nearly edge-on."""
    x, y = orthographic(meridian, 0, centre)
    if np.hypot(x, y) < 0.75:
        place = {
            "xytext": (1.5, 1.5),
            "textcoords": "offset points",
            "fontsize": 5.5,
            "color": "0.3",
        }
        axes.annotate(_degrees(meridian, "E", "W"), (float(x), float(y)), **place)  # type: ignore[arg-type]
