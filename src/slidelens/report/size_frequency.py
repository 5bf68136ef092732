"""Figure of landslide size-frequency with the fitted distributions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from slidelens.analysis.inventory.size_frequency import SizeFrequency
from slidelens.escaping import printable
from slidelens.files import atomic_write
from slidelens.types import Float64

if TYPE_CHECKING:
    from matplotlib.axes import Axes


_BINS_PER_DECADE = 6
_COLOURS = {"power law": "#b2182b", "inverse gamma": "#2166ac", "double Pareto": "#1b7837"}


def draw_sizes(areas_m2: Float64, sizes: SizeFrequency, title: str, path: Path) -> None:
    """Draw probability density and exceedance number against area, both logarithmic, as a PNG.

    Fits that the data do not support are dashed and labelled as not reliable. The points of the
    density are means over logarithmic bins and only illustrative; the fits use the areas.

    Args:
        areas_m2: (n,) fitted areas in m², at least one.
        sizes: the fits.
        title: title of the figure.
        path: file to write.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 4.2), layout="constrained")
    density, number = figure.subplots(1, 2)
    density.plot(
        *_binned(areas_m2), "o", color="0.25", markersize=4, label=f"{len(areas_m2)} landslides"
    )
    number.plot(np.sort(areas_m2), np.arange(len(areas_m2), 0, -1), ".", color="0.25", markersize=4)
    for curve in _curves(areas_m2, sizes):
        _draw_curve(density, number, curve)
    _style(density, "probability density (m⁻²)")
    _style(number, "landslides of at least this area")
    density.legend(fontsize=8, frameon=False)
    figure.suptitle(printable(title), fontsize=10, parse_math=False)
    with atomic_write(path) as temporary:
        figure.savefig(temporary, dpi=150, format="png")


def _binned(areas_m2: Float64) -> tuple[Float64, Float64]:
    """Return centre and mean density of the non-empty logarithmic bins."""
    low, high = np.log10(areas_m2.min()), np.log10(areas_m2.max())
    edges = np.logspace(low - 1e-6, high + 1e-6, max(2, round((high - low) * _BINS_PER_DECADE) + 1))
    counts, _ = np.histogram(areas_m2, edges)
    occupied = counts > 0
    centres, densities = np.sqrt(edges[1:] * edges[:-1]), counts / np.diff(edges) / len(areas_m2)
    return centres[occupied], densities[occupied]


@dataclass(frozen=True)
class _Curve:
    """A fit at some areas: its density, and the number of larger landslides."""

    areas: Float64
    density: Float64
    larger: Float64
    name: str
    exponent: float
    reliable: bool


def _curves(areas_m2: Float64, sizes: SizeFrequency) -> Iterator[_Curve]:
    tail, largest = sizes.tail, float(areas_m2.max())
    if tail.fit:
        areas, alpha = np.geomspace(tail.fit.xmin_m2, largest, 100), tail.fit.alpha
        larger = tail.fit.n_tail * (areas / tail.fit.xmin_m2) ** (1 - alpha)
        density = (alpha - 1) / areas * larger / sizes.n
        yield _Curve(areas, density, larger, "power law", alpha, not tail.why)
    for law in (sizes.inverse_gamma, sizes.double_pareto):
        if law.fit:
            areas = np.geomspace(law.fit.cut_m2, largest, 200)
            density, larger = law.fit.density(areas), sizes.n * law.fit.above(areas)
            exponent = law.fit.parameters[0] + 1
            yield _Curve(areas, density, larger, law.fit.law.name, exponent, not law.why)


def _draw_curve(density: Axes, number: Axes, curve: _Curve) -> None:
    suffix = "" if curve.reliable else " (not reliable)"
    for axes, values in ((density, curve.density), (number, curve.larger)):
        axes.plot(
            curve.areas,
            values,
            color=_COLOURS[curve.name],
            linestyle="-" if curve.reliable else (0, (4, 3)),
            linewidth=1.4,
            label=f"{curve.name}, $A^{{-{curve.exponent:.2f}}}${suffix}",
        )


def _style(axes: Axes, label: str) -> None:
    axes.set(xscale="log", yscale="log", xlabel="landslide area (m²)", ylabel=label)
    axes.grid(which="major", color="0.9", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
