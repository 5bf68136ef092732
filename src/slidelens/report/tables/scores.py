"""Table of the scores on the test blocks."""

from __future__ import annotations

import pandas as pd

from slidelens.report.tables.table import Metrics, Table, join_published

_SCORES = ("loss", "precision", "recall", "f1", "iou")


_REVISED = ("precision", "recall", "f1", "iou")


def score_table(f1: Metrics, paper: pd.DataFrame | None, revised: Metrics | None = None) -> Table:
    """Return Table 3, the scores by date.

    Args:
        f1: as in metrics/f1.json: score → date or "mean" → value.
        paper: published values by date, or None.
        revised: as in metrics/revised.json, or None.
    """
    columns = [name for name in (*_SCORES, *(f"{name}_before" for name in _SCORES)) if name in f1]
    frame = pd.DataFrame(
        [{"date": date, **{name: f1[name][date] for name in columns}} for date in f1["f1"]]
    )
    for name in _REVISED if revised else ():
        frame[f"{name}_revised"] = [(revised or {})[name][date] for date in f1["f1"]]
    note = (
        "Pixels of the test blocks, on which no network was trained; counts are pooled over all "
        "blocks before division. Before: the pretrained network without fine-tuning, at the "
        "threshold of its own validation blocks; part of the gain from fine-tuning is a threshold "
        "for each date. Loss: the Tversky loss of the uncalibrated output. Empty where a score is "
        "undefined."
    )
    if revised:
        note += (
            " Revised: the map after the transition model over all dates, at the threshold of its "
            "validation blocks; the map stays if its F1 on training and validation blocks fell."
        )
    paired = {name: name for name in ("loss", "precision", "recall", "f1")}
    return Table("table3", "Table 3. Scores by date", note, join_published(frame, paper, paired))
