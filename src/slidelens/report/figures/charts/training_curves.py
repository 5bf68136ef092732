"""Training curves: training and validation loss, and validation F1, by epoch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from slidelens.report.figures.style import FigureWriter, date_lines, style_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LINES = {
    "loss": ("training loss", "#0072B2"),
    "val_loss": ("validation loss", "#D55E00"),
    "val_f1": ("validation F1", "#009E73"),
}
_RING: dict[str, Any] = {
    "markersize": 7.5,
    "markerfacecolor": "none",
    "markeredgecolor": "0.25",
    "markeredgewidth": 0.9,
    "clip_on": False,
}
_FAINT: dict[str, Any] = {"linewidth": 0.6, "alpha": 0.45}


def best_epoch(rows: pd.DataFrame) -> int | None:
    """Return the epoch of the lowest validation loss, whose weights are used.

    The first of several equal ones; None if the loss is NaN in every epoch.

    Args:
        rows: rows with `epoch` and `val_loss`.
    """
    known = rows.dropna(subset="val_loss")
    return None if known.empty else int(known["epoch"].iloc[int(known["val_loss"].argmin())])


def draw_training_curves(
    writer: FigureWriter,
    pretraining: pd.DataFrame,
    best: int,
    finetuned: Mapping[str, pd.DataFrame],
) -> None:
    """Draw pretraining, and the loss and F1 of each date's fine-tuning.

    Args:
        writer: where the figure goes.
        pretraining: one row per epoch, as in metrics/history.
        best: epoch of pretraining whose weights are used; 0 for none.
        finetuned: the same rows by date.
    """
    from matplotlib.lines import Line2D

    with writer.figure("training", 6.8) as figure:
        axes_pretraining, axes_loss, axes_f1 = figure.subplots(1, 3)
        _pretraining(axes_pretraining, pretraining, best)
        _by_date(axes_loss, finetuned, "val_loss", "(b) fine-tuning: validation loss")
        _by_date(axes_f1, finetuned, "val_f1", "(c) fine-tuning: validation F1")
        handles, labels = axes_loss.get_legend_handles_labels()
        if handles:
            figure.legend(handles, labels, loc="outside lower left", ncols=8, frameon=False)
            markers = [
                Line2D([], [], marker="o", linestyle="", **_RING),
                Line2D([], [], color="0.3", **_FAINT),
            ]
            axes_loss.legend(
                markers, ["selected epoch", "training loss"], loc="lower left", frameon=False
            )


def _pretraining(axes: Axes, rows: pd.DataFrame, best: int) -> None:
    for name, (label, colour) in _LINES.items():
        axes.plot(rows["epoch"], rows[name], color=colour, label=label, linewidth=1.1)
    if best:
        axes.axvline(
            best, color="0.5", linewidth=0.8, linestyle=(0, (4, 3)), label=f"best epoch ({best})"
        )
    axes.set(title="(a) pretraining", xlabel="epoch", ylabel="loss, F1", ylim=(0, 1))
    axes.legend(frameon=False)
    style_axes(axes)


def _by_date(axes: Axes, tables: Mapping[str, pd.DataFrame], name: str, title: str) -> None:
    for (date, rows), line in zip(tables.items(), date_lines(len(tables)), strict=True):
        if len(rows):
            axes.plot(
                rows["epoch"],
                rows[name],
                label=date,
                marker=".",
                markersize=3,
                linewidth=1.1,
                **line,
            )
            if name == "val_loss":
                axes.plot(rows["epoch"], rows["loss"], color=line["color"], **_FAINT)
            best = rows[rows["epoch"] == best_epoch(rows)].dropna(subset=name)
            if len(best):  # an empty line without clipping would upset the layout
                axes.plot(best["epoch"], best[name], "o", **_RING)
    if not any(len(rows) for rows in tables.values()):
        axes.text(
            0.5, 0.5, "no date was fine-tuned", transform=axes.transAxes, ha="center", color="0.35"
        )
    axes.set(
        title=title,
        xlabel="epoch (0: initial weights)",
        ylim=(0, 1),
        xlim=(
            -0.2,
            max([rows["epoch"].max() for rows in tables.values() if len(rows)] + [1]) + 0.2,
        ),
    )
    axes.locator_params(axis="x", integer=True)
    style_axes(axes)
