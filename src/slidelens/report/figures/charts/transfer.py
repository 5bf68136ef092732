"""Transfer matrix: F1 of every date's network on every date."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from slidelens.experiments.tables import transfer_matrix
from slidelens.report.figures.style import WIDTH_CM, FigureWriter

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MIN_RANGE = 0.05  # smallest range of the colour scale, so that tiny changes stay pale
_ROW_CM = 0.75


def draw_transfer(writer: FigureWriter, rows: pd.DataFrame) -> None:
    """Draw F1 as numbers and its change from the pretrained network as colour.

    Args:
        writer: where the figure goes.
        rows: rows of metrics/experiments/transfer.csv; an empty table draws nothing.
    """
    if rows.empty:
        return
    f1, change = (transfer_matrix(rows, name) for name in ("f1", "f1_change"))
    limit = float(np.nanmax(np.abs(change.to_numpy()), initial=_MIN_RANGE))
    with writer.figure("transfer_matrix", _ROW_CM * len(f1) + 4.0) as figure:
        axes = figure.add_subplot()
        picture = axes.imshow(change, cmap="RdBu", vmin=-limit, vmax=limit, aspect="auto")
        _write_numbers(axes, f1, change, limit)
        axes.set_xticks(range(f1.shape[1]), list(f1.columns), rotation=45 if _crowded(f1) else 0)
        axes.set_yticks(range(f1.shape[0]), list(f1.index))
        axes.xaxis.tick_top()
        axes.xaxis.set_label_position("top")
        axes.set(
            xlabel="tested on (pretrain: validation blocks of the first event; dates: test blocks)",
            ylabel="weights of",
        )
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        bar = figure.colorbar(picture, ax=axes, location="bottom", shrink=0.5, aspect=40, pad=0.03)
        bar.set_label(
            "F1 minus that of the pretrained network on the same ground (red: worse, blue: better)"
        )


def _write_numbers(axes: Axes, f1: pd.DataFrame, change: pd.DataFrame, limit: float) -> None:
    """Write F1 into each cell and frame the cells of a network's own date."""
    from matplotlib.patches import Rectangle

    size = min(7.0, 90 / max(f1.shape))
    strong = np.abs(change.to_numpy()) > 0.65 * limit
    for (row, column), value in np.ndenumerate(f1.to_numpy()):
        ink = "white" if strong[row, column] else "black"
        axes.text(
            column,
            row,
            "–" if np.isnan(value) else f"{value:.2f}",
            ha="center",
            va="center",
            color=ink,
            fontsize=size,
        )
        if f1.index[row] == f1.columns[column]:
            axes.add_patch(
                Rectangle(
                    (column - 0.48, row - 0.46),
                    0.96,
                    0.92,
                    fill=False,
                    edgecolor="black",
                    linewidth=1.2,
                )
            )


def _crowded(f1: pd.DataFrame) -> bool:
    return max(map(len, f1.columns)) * f1.shape[1] * 0.16 > 0.8 * WIDTH_CM
