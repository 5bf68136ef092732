"""Where on Earth a place lies: a globe of meridians and parallels, drawn from coordinates alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]

_STEP_DEG = 30
_PLACE = "#D55E00"


def orthographic(longitude_deg: ArrayLike, latitude_deg: ArrayLike, centre_deg: tuple[float, float]) -> tuple[Floats, Floats]:
    """Places on a globe of radius 1 seen from above `centre_deg` (longitude, latitude), east to the right; NaN on its far side.

    Source: Snyder (1987), Map projections: a working manual, p. 145
    """
    east, latitude = np.radians(np.asarray(longitude_deg, float) - centre_deg[0]), np.radians(np.asarray(latitude_deg, float))
    centre = np.radians(centre_deg[1])
    near = np.sin(centre) * np.sin(latitude) + np.cos(centre) * np.cos(latitude) * np.cos(east) >= 0
    x = np.cos(latitude) * np.sin(east)
    y = np.cos(centre) * np.sin(latitude) - np.sin(centre) * np.cos(latitude) * np.cos(east)
    return np.where(near, x, np.nan), np.where(near, y, np.nan)


def draw_globe(axes: Axes, longitude_deg: float, latitude_deg: float) -> None:
    """Draw the globe with the place on its near side, and say where it is."""
    from matplotlib.patches import Circle

    centre = (longitude_deg - 15, latitude_deg * 0.6)
    axes.add_patch(Circle((0, 0), 1, facecolor="#EAF3FA", edgecolor="0.4", linewidth=0.7))
    along = np.linspace(-180, 180, 361)
    for meridian in range(-180, 180, _STEP_DEG):
        axes.plot(*orthographic(meridian, along / 2, centre), **_line(meridian == 0))
        if meridian % 60 == 0:
            _label(axes, meridian, centre)
    for parallel in range(-60, 90, _STEP_DEG):
        axes.plot(*orthographic(along, parallel, centre), **_line(parallel == 0))
    axes.plot(*orthographic(longitude_deg, latitude_deg, centre), "o", color=_PLACE, markersize=5, markeredgecolor="white")
    axes.set(xlim=(-1.05, 1.05), ylim=(-1.3, 1.05), aspect="equal")
    axes.set_axis_off()


def told_place(longitude_deg: float, latitude_deg: float) -> str:
    """`28.1° N, 85.2° E`."""
    return f"{_degrees(round(latitude_deg, 1), 'N', 'S')}, {_degrees(round(longitude_deg, 1), 'E', 'W')}"


def _degrees(value: float, positive: str, negative: str) -> str:
    return f"{abs(value):g}°{f' {positive if value > 0 else negative}' if value and abs(value) != 180 else ''}"


def _line(main: bool) -> dict[str, Any]:
    """The equator and the meridian of Greenwich stand out."""
    return {"color": "0.35" if main else "0.72", "linewidth": 0.9 if main else 0.5}


def _label(axes: Axes, meridian: float, centre: tuple[float, float]) -> None:
    """Name a meridian at the equator, where it does not stand edge-on."""
    x, y = orthographic(meridian, 0, centre)
    if np.hypot(x, y) < 0.75:
        place = {"xytext": (1.5, 1.5), "textcoords": "offset points", "fontsize": 5.5, "color": "0.3"}
        axes.annotate(_degrees(meridian, "E", "W"), (float(x), float(y)), **place)  # type: ignore[arg-type]
