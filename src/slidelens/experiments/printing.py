"""Print tables of experiments for people."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from slidelens.console import format_score, print_table
from slidelens.experiments.hyperparameters import SCORES, Combination, best, power
from slidelens.experiments.tables import ABLATION_SETTINGS, F1_OF_DATE, matrix_with_change
from slidelens.params.schema import Params


def print_combinations(rows: Sequence[Combination]) -> None:
    """Print Table 2; the best row stands out."""
    columns = ["lr", "filters", "batch_size", *SCORES, *SCORES]
    cells = [_combination_cells(row) for row in rows]
    widths = [max(map(len, column)) for column in zip(columns, *cells, strict=True)]
    # The group headings begin above the first score of each group.
    validation, test = (sum(widths[:index]) + 2 * index for index in (3, 7))
    title = f"{'':{validation}}{'validation ground':{test - validation}}test ground"
    print_table(columns, cells, title=title, marked=list(rows).index(best(rows)))


def print_ablations(table: pd.DataFrame, params: Params) -> None:
    """Print the table of ablations with three digits.

    Args:
        table: Rows of `ablation_scores`.
        params: Parameters of the study.
    """
    shown = table.drop(columns=[*ABLATION_SETTINGS, "landslides", "freeze"])
    columns = [
        "before" if name == "f1_before" else str(name).removeprefix(F1_OF_DATE) for name in shown
    ]
    rows = [[name, *map(format_score, scores)] for name, *scores in shown.itertuples(index=False)]
    title = "Scores on the test blocks, mean over the dates, and F1 of each date"
    print_table(columns, rows, title=title + _simulated(params))


def print_transfer(table: pd.DataFrame, params: Params) -> None:
    """Print F1 as a matrix: rows trained on, columns tested on, own date in brackets.

    The last column is the mean change elsewhere.

    Args:
        table: Rows of `transfer`.
        params: Parameters of the study.
    """
    matrix = matrix_with_change(table).set_index("trained_on")
    change = matrix.pop("change_elsewhere")
    rows = [
        [
            name,
            *(_bracket(f1, is_own=name == tested_on) for tested_on, f1 in scores.items()),
            "" if np.isnan(difference) else f"{difference:+.3f}",
        ]
        for (name, scores), difference in zip(matrix.iterrows(), change, strict=True)
    ]
    title = (
        "F1 by network (rows) and test area "
        f"(columns; pretrain: its validation blocks, dates: test blocks){_simulated(params)}"
    )
    print_table(["", *matrix.columns, "change elsewhere"], rows, title=title)


def _combination_cells(row: Combination) -> list[str]:
    scores = map(format_score, row.scores.values())
    return [power(row.lr), str(row.filters), str(row.batch_size), *scores]


def _simulated(params: Params) -> str:
    return ", simulated demo study" if params.study.is_demo else ""


def _bracket(f1: float, *, is_own: bool) -> str:
    text = format_score(f1)
    return f"[{text}]" if is_own else f" {text} "
