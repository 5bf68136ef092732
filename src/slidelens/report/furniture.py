"""What the figures share: size, style, colours, and the furniture of a map (scale bar, north arrow, outlines).

Colours are those of Okabe and Ito (2008), told apart with any colour vision.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray

from slidelens.files import writing
from slidelens.geo.grid import Grid

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH_CM = 17.0  # of a printed page between its margins
MOST_HEIGHT_CM = 23.5
DPI = 200

MANUAL, PREDICTED = "#E69F00", "#56B4E9"
HIT, MISS, FALSE_ALARM = "#009E73", "#F0E442", "#D55E00"
STATE_COLOURS = {
    "new": "#D55E00",
    "expanded": "#E69F00",
    "reactivated": "#CC79A7",
    "persistent": "#0072B2",
    "shrinking": "#56B4E9",
    "healed": "#009E73",
    "unobserved": "#999999",
}
DATE_COLOURS = ("#000000", "#E69F00", "#56B4E9", "#009E73", "#0072B2", "#D55E00", "#CC79A7", "#999999")
DATE_STYLES: tuple[Any, ...] = ("-", (0, (5, 2)), (0, (1, 1.2)))

_STYLE: Any = {
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.labelsize": 8,
    "legend.fontsize": 7,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "axes.linewidth": 0.6,
    "figure.constrained_layout.h_pad": 0.03,
    "figure.constrained_layout.w_pad": 0.03,
}
_STEPS_M = (10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000)


@dataclass(frozen=True)
class Sheet:
    """Where figures go, and what stands at the foot of each. note: such as that the study is simulated; empty for none"""

    folder: Path
    note: str = ""

    @contextmanager
    def figure(self, name: str, height_cm: float) -> Iterator[Figure]:
        """An empty figure of a page's width; written as <folder>/<name>.png when the block ends. The same drawing gives the same bytes."""
        import matplotlib
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        with matplotlib.rc_context(_STYLE):
            figure = Figure(figsize=(WIDTH_CM / 2.54, min(height_cm, MOST_HEIGHT_CM) / 2.54), layout="constrained", dpi=DPI)
            yield figure
            if self.note:
                figure.supxlabel(self.note, fontsize=6.5, color="0.35", x=0.995, ha="right")
            with writing(self.folder / f"{name}.png") as temporary:
                FigureCanvasAgg(figure).print_png(temporary, metadata={"Software": None})


def show_image(axes: Axes, image: NDArray[Any], grid: Grid, **options: Any) -> Any:
    """Show an image of the grid's pixels in map coordinates, without ticks. options: of `imshow`."""
    left, bottom, right, top = grid.bounds
    shown = axes.imshow(image, extent=(left, right, bottom, top), **options)
    axes.set(xlim=(left, right), ylim=(bottom, top), xticks=[], yticks=[])
    return shown


def draw_outlines(axes: Axes, shapes: Iterable[Any] | None, colour: str, width: float = 0.7, style: Any = "-") -> None:
    """Draw the rings of polygons, holes too. shapes: None draws nothing."""
    from matplotlib.collections import LineCollection

    parts = shapely.get_parts([shape for shape in ([] if shapes is None else shapes) if shape is not None])
    rings = [shapely.get_coordinates(ring) for part in parts for ring in shapely.get_rings(part)]
    axes.add_collection(LineCollection(rings, colors=colour, linewidths=width, linestyles=[style]), autolim=False)


def fill(axes: Axes, shapes: Iterable[Any], colour: str, alpha: float) -> None:
    """Fill polygons, their holes left open."""
    from matplotlib.collections import PathCollection
    from matplotlib.path import Path as Outline

    rings = [[shapely.get_coordinates(ring) for ring in shapely.get_rings(shape)] for shape in shapes]
    outlines = [Outline.make_compound_path(*(Outline(ring, closed=True) for ring in one)) for one in rings if one]
    axes.add_collection(PathCollection(outlines, facecolors=colour, edgecolors="none", alpha=alpha), autolim=False)


def furnish(axes: Axes, north: bool = True, ink: str = "white") -> None:
    """A scale bar and a north arrow on a map whose axes are in metres; north is up on every grid here. ink: white, or dark on light maps"""
    rim = _rim("0.15" if ink == "white" else "white")
    _scale_bar(axes, ink, rim)
    if north:
        arrow = {"arrowstyle": "-|>,head_width=0.22,head_length=0.4", "color": ink, "linewidth": 1.0, "path_effects": rim, "shrinkA": 0}
        place = {"xycoords": "axes fraction", "xytext": (0, -17), "textcoords": "offset points", "ha": "center", "va": "top", "fontsize": 7}
        axes.annotate("N", (0.05, 0.97), color=ink, path_effects=rim, arrowprops=arrow, **place)  # type: ignore[arg-type]


def _scale_bar(axes: Axes, ink: str, rim: list[Any]) -> None:
    """A bar of a round length, a quarter of the map's width at most."""
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    length, text = _bar(right - left)
    x, y = left + 0.04 * (right - left), bottom + 0.05 * (top - bottom)
    axes.plot([x, x + length], [y, y], color=ink, linewidth=2, solid_capstyle="butt", path_effects=rim)
    place = {"xytext": (0, 2), "textcoords": "offset points", "ha": "center", "va": "bottom", "fontsize": 6.5}
    axes.annotate(text, (x + length / 2, y), color=ink, path_effects=rim, **place)  # type: ignore[arg-type]


def furnish_above(axes: Axes) -> None:
    """A scale bar and north above a small map's right corner, where they hide none of it; its title stands on the left."""
    from matplotlib.transforms import ScaledTranslation

    left, right = axes.get_xlim()
    length, text = _bar(right - left)
    line = axes.get_xaxis_transform() + ScaledTranslation(0, 6 / 72, axes.figure.dpi_scale_trans)
    end = right - 0.14 * (right - left)
    axes.plot([end - length, end], [1, 1], color="0.1", linewidth=2, solid_capstyle="butt", transform=line, clip_on=False)
    axes.text(end - length, 1, f"{text} ", transform=line, fontsize=6.5, ha="right", va="center")
    axes.text(right, 1, "N↑", transform=line, fontsize=7, ha="right", va="center")


def _bar(width_m: float) -> tuple[int, str]:
    """The round length of a scale bar on a map so wide, m, and as it is told."""
    length = max(step for step in _STEPS_M if step <= max(width_m / 4, _STEPS_M[0]))
    return length, f"{length / 1000:g} km" if length >= 1000 else f"{length} m"


def _rim(colour: str) -> list[Any]:
    """A rim, so that the ink is read on any ground."""
    from matplotlib.patheffects import withStroke

    return [withStroke(linewidth=1.8, foreground=colour)]


def panels(figure: Figure, number: int, columns: int, **options: Any) -> list[Axes]:
    """`number` axes in rows of at most `columns`, never one alone across the page; places left over stay empty."""
    columns = min(columns, max(number, 2))
    grid = figure.subplots(-(-number // columns), columns, squeeze=False, **options).ravel()
    for spare in grid[number:]:
        spare.set_visible(False)
    return list(grid[:number])


def panel_height_cm(grid: Grid, columns: int, gap_cm: float = 0.3) -> float:
    """Height of a map of the grid where `columns` of them share the page's width."""
    return (WIDTH_CM / columns - gap_cm) * grid.height / grid.width


def date_lines(number: int) -> list[dict[str, Any]]:
    """Colour and dashes of the lines of so many dates, no two alike up to 24."""
    count = len(DATE_COLOURS)
    return [{"color": DATE_COLOURS[i % count], "linestyle": DATE_STYLES[i // count % len(DATE_STYLES)]} for i in range(number)]


def plain(axes: Axes) -> None:
    """No box around a diagram, a soft grid behind it."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color="0.92", linewidth=0.5)
    axes.set_axisbelow(True)


def dimmed(image: NDArray[np.uint8], valid: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """(height, width, 3) the image in a quiet grey, for what is drawn on it; black where it is not valid."""
    grey = (image.mean(axis=-1) * 0.55 + 50)[..., None] * valid[..., None]
    return np.repeat(grey, 3, axis=-1).astype(np.uint8)
