"""What the figures share: size, style, colours, and the furniture of a map (scale bar, north arrow, outlines).

Colours are those of Okabe and Ito (2008), told apart with any colour vision.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from slidelens.files import atomic_write
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
DATE_COLOURS = (
    "#000000",
    "#E69F00",
    "#56B4E9",
    "#009E73",
    "#0072B2",
    "#D55E00",
    "#CC79A7",
    "#999999",
)
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


@dataclass(frozen=True)
class FigureWriter:
    """Where figures go, and what stands at the foot of each. note: such as that the study is simulated; empty for none."""

    folder: Path
    note: str = ""

    @contextmanager
    def figure(self, name: str, height_cm: float) -> Iterator[Figure]:
        """An empty figure of a page's width; written as <folder>/<name>.png when the block ends. The same drawing gives the same bytes."""
        import matplotlib
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        with matplotlib.rc_context(_STYLE):
            figure = Figure(
                figsize=(WIDTH_CM / 2.54, min(height_cm, MOST_HEIGHT_CM) / 2.54),
                layout="constrained",
                dpi=DPI,
            )
            yield figure
            if self.note:
                figure.supxlabel(self.note, fontsize=6.5, color="0.35", x=0.995, ha="right")
            with atomic_write(self.folder / f"{name}.png") as temporary:
                FigureCanvasAgg(figure).print_png(temporary, metadata={"Software": None})


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
    return [
        {"color": DATE_COLOURS[i % count], "linestyle": DATE_STYLES[i // count % len(DATE_STYLES)]}
        for i in range(number)
    ]


def style_axes(axes: Axes) -> None:
    """No box around a diagram, a soft grid behind it."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color="0.92", linewidth=0.5)
    axes.set_axisbelow(True)


def dim(image: NDArray[np.uint8], valid: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """(height, width, 3) the image in a quiet grey, for what is drawn on it; black where it is not valid."""
    grey = (image.mean(axis=-1) * 0.55 + 50)[..., None] * valid[..., None]
    return np.repeat(grey, 3, axis=-1).astype(np.uint8)
