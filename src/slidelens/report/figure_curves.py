"""Training curves: loss on training and validation ground by epoch, and F1 on validation ground."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from slidelens.report.furniture import Sheet, date_lines, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LINES = {"loss": ("training loss", "#0072B2"), "val_loss": ("validation loss", "#D55E00"), "val_f1": ("validation F1", "#009E73")}


def draw_curves(sheet: Sheet, first: pd.DataFrame, best: int, finetuned: Mapping[str, pd.DataFrame]) -> None:
    """Draw pretraining, and the loss and F1 of each date's fine-tuning.

    first: a row for each epoch, as `learning.history` writes them; best: the epoch whose weights were kept; finetuned: by date
    """
    with sheet.figure("training", 6.8) as figure:
        pretraining, loss, f1 = figure.subplots(1, 3)
        _pretraining(pretraining, first, best)
        _by_date(loss, finetuned, "val_loss", "(b) fine-tuning: Tversky loss, validation")
        _by_date(f1, finetuned, "val_f1", "(c) fine-tuning: F1, validation")
        handles, labels = loss.get_legend_handles_labels()
        if handles:
            figure.legend(handles, labels, loc="outside lower left", ncols=8, frameon=False)


def _pretraining(axes: Axes, rows: pd.DataFrame, best: int) -> None:
    for name, (label, colour) in _LINES.items():
        axes.plot(rows["epoch"], rows[name], color=colour, label=label, linewidth=1.1)
    if best:
        axes.axvline(best, color="0.5", linewidth=0.8, linestyle=(0, (4, 3)), label=f"best epoch ({best})")
    axes.set(title="(a) pretraining", xlabel="epoch", ylim=(0, 1))
    axes.legend(frameon=False)
    plain(axes)


def _by_date(axes: Axes, tables: Mapping[str, pd.DataFrame], name: str, title: str) -> None:
    for (date, rows), line in zip(tables.items(), date_lines(len(tables)), strict=True):
        if len(rows):
            axes.plot(rows["epoch"], rows[name], label=date, marker=".", markersize=3, linewidth=1.1, **line)
    if not any(len(rows) for rows in tables.values()):
        axes.text(0.5, 0.5, "no date was fine-tuned", transform=axes.transAxes, ha="center", color="0.35")
    axes.set(
        title=title,
        xlabel="epoch (0: the weights at the start)",
        ylim=(0, 1),
        xlim=(-0.2, max([rows["epoch"].max() for rows in tables.values() if len(rows)] + [1]) + 0.2),
    )
    axes.locator_params(axis="x", integer=True)
    plain(axes)
