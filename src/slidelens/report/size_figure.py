"""Figure of landslide sizes: how many are how large, with the fitted laws."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from slidelens.analysis.inventory.size_frequency import SizeFrequency
from slidelens.files import atomic_write
from slidelens.types import Float64

if TYPE_CHECKING:
    from matplotlib.axes import Axes


_BINS_PER_DECADE = 6
_COLOURS = {"power law": "#b2182b", "inverse gamma": "#2166ac", "double Pareto": "#1b7837"}


def draw_sizes(areas_m2: Float64, found: SizeFrequency, title: str, path: Path) -> None:
    """Draw the probability density and the number of larger landslides against area, both logarithmic, as a PNG.

    Laws that the data cannot carry are dashed, and named so. The points of the density are means over logarithmic bins, to look at:
    nothing is fitted to them. Those of the number are the landslides themselves.

    areas_m2: (n,) the areas that were fitted, one or more, m²
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 4.2), layout="constrained")
    density, number = figure.subplots(1, 2)
    density.plot(
        *_binned(areas_m2), "o", color="0.25", markersize=4, label=f"{len(areas_m2)} landslides"
    )
    number.plot(np.sort(areas_m2), np.arange(len(areas_m2), 0, -1), ".", color="0.25", markersize=4)
    _draw_laws(density, number, areas_m2, found)
    _dress(density, "probability density (m⁻²)")
    _dress(number, "landslides of at least this area")
    density.legend(fontsize=8, frameon=False)
    figure.suptitle(title, fontsize=10)
    with atomic_write(path) as temporary:
        figure.savefig(temporary, dpi=150, format="png")


def _binned(areas_m2: Float64) -> tuple[Float64, Float64]:
    """Middle and mean density of the logarithmic bins that hold a landslide."""
    low, high = np.log10(areas_m2.min()), np.log10(areas_m2.max())
    edges = np.logspace(low - 1e-6, high + 1e-6, max(2, round((high - low) * _BINS_PER_DECADE) + 1))
    counts, _ = np.histogram(areas_m2, edges)
    some = counts > 0
    return np.sqrt(edges[1:] * edges[:-1])[some], (counts / np.diff(edges) / len(areas_m2))[some]


def _draw_laws(density: Axes, number: Axes, areas_m2: Float64, found: SizeFrequency) -> None:
    tail, largest = found.tail, float(areas_m2.max())
    if tail.fit:
        areas = np.geomspace(tail.fit.xmin_m2, largest, 100)
        larger = tail.fit.n_tail * (areas / tail.fit.xmin_m2) ** (1 - tail.fit.alpha)
        _draw(
            density,
            number,
            areas,
            (tail.fit.alpha - 1) / areas * larger / found.n,
            larger,
            "power law",
            tail.fit.alpha,
            not tail.why,
        )
    for law in (found.inverse_gamma, found.double_pareto):
        if law.fit:
            areas = np.geomspace(law.fit.cut_m2, largest, 200)
            exponent = law.fit.parameters[0] + 1
            _draw(
                density,
                number,
                areas,
                law.fit.density(areas),
                found.n * law.fit.above(areas),
                law.fit.law.name,
                exponent,
                not law.why,
            )


def _draw(
    density: Axes,
    number: Axes,
    areas: Float64,
    values: Float64,
    larger: Float64,
    name: str,
    exponent: float,
    reliable: bool,
) -> None:
    label = f"{name}, $A^{{-{exponent:.2f}}}$" + ("" if reliable else " (not reliable)")
    for axes, line in ((density, values), (number, larger)):
        axes.plot(
            areas,
            line,
            color=_COLOURS[name],
            linestyle="-" if reliable else (0, (4, 3)),
            linewidth=1.4,
            label=label,
        )


def _dress(axes: Axes, label: str) -> None:
    axes.set(xscale="log", yscale="log", xlabel="landslide area (m²)", ylabel=label)
    axes.grid(which="major", color="0.9", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
