"""Size, style and colours shared by the figures.

Colours are those of Okabe and Ito (2008), which remain distinct with any colour vision.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from slidelens.files import atomic_write
from slidelens.geo.grid import Grid
from slidelens.types import Mask, UInt8

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


WIDTH_CM = 17.0  # of a printed page between its margins
MAX_HEIGHT_CM = 23.5
DPI = 200
_COMPRESSION = 3  # of 9; Pillow's 6 takes twice as long for 4 % fewer bytes

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

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_STYLE: Any = {
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.labelsize": 8,
    "legend.fontsize": 7,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "axes.linewidth": 0.6,
    "text.parse_math": False,  # a dollar sign in a name is no mathematics
    "figure.constrained_layout.h_pad": 0.03,
    "figure.constrained_layout.w_pad": 0.03,
}


@dataclass(frozen=True)
class FigureWriter:
    """Writes figures of a page's width into a folder.

    Attributes:
        folder: folder of the figures.
        note: text at the foot of every figure, for example that the study is simulated.
    """

    folder: Path
    note: str = ""

    @contextmanager
    def figure(self, name: str, height_cm: float) -> Iterator[Figure]:
        """Yield an empty figure and write it as <folder>/<name>.png when the block ends.

        The same drawing gives the same bytes. A block that raises writes nothing.
        """
        import matplotlib
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        with matplotlib.rc_context(_STYLE):
            figure = Figure(
                figsize=(WIDTH_CM / 2.54, min(height_cm, MAX_HEIGHT_CM) / 2.54),
                layout="constrained",
                dpi=DPI,
            )
            yield figure
            if self.note:
                figure.supxlabel(self.note, fontsize=6.5, color="0.35", x=0.995, ha="right")
            with atomic_write(self.folder / f"{name}.png") as temporary:
                canvas: Any = FigureCanvasAgg(figure)  # matplotlib leaves print_png untyped
                canvas.print_png(
                    temporary,
                    metadata={"Software": None},
                    pil_kwargs={"compress_level": _COMPRESSION},
                )


def panels(figure: Figure, number: int, columns: int, **options: Any) -> list[Axes]:
    """Return `number` axes in rows of at most `columns`, at least two columns wide.

    Unused panels are hidden.
    """
    columns = min(columns, max(number, 2))
    grid = figure.subplots(-(-number // columns), columns, squeeze=False, **options).ravel()
    for spare in grid[number:]:
        spare.set_visible(False)
    return list(grid[:number])


def panel_height_cm(grid: Grid, columns: int, gap_cm: float = 0.3) -> float:
    """Return the height of a map of the grid if `columns` of them share the page's width."""
    return (WIDTH_CM / columns - gap_cm) * grid.height / grid.width


def date_lines(number: int) -> list[dict[str, Any]]:
    """Return colour and dashes of one line per date, all different up to 24 dates."""
    count = len(DATE_COLOURS)
    return [
        {"color": DATE_COLOURS[i % count], "linestyle": DATE_STYLES[i // count % len(DATE_STYLES)]}
        for i in range(number)
    ]


def style_axes(axes: Axes) -> None:
    """Remove the box around a diagram and draw a light grid behind it."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color="0.92", linewidth=0.5)
    axes.set_axisbelow(True)


def label_powers_of_ten(axes: Axes) -> None:
    """Label logarithmic axes 10², 10³ in text; mathematics is switched off in our figures."""
    from matplotlib.ticker import LogFormatterSciNotation

    class Powers(LogFormatterSciNotation):
        def __call__(self, x: float, pos: int | None = None) -> str:
            return _without_mathematics(super().__call__(x, pos))

    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(Powers())
        axis.set_minor_formatter(Powers())


def _without_mathematics(label: str) -> str:
    r"""Return `2×10³` for `$\mathdefault{2\times10^{3}}$`."""
    label = re.sub(r"^\$\\mathdefault\{(.*)\}\$$", r"\1", label).replace(r"\times", "×")
    return re.sub(r"\^\{(-?\d+)\}", lambda found: found[1].translate(_SUPERSCRIPTS), label)


def dim(image: UInt8, valid: Mask) -> UInt8:
    """Return the image in a dim grey as a background, black where not valid.

    Args:
        image: (height, width, 3).
        valid: (height, width).
    """
    grey = (image.mean(axis=-1) * 0.55 + 50)[..., None] * valid[..., None]
    return np.repeat(grey, 3, axis=-1).astype(np.uint8)
