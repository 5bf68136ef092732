"""Training curves: one row an epoch, written as CSV for `dvc plots`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from slidelens.escaping import csv_text
from slidelens.files import write_text
from slidelens.intermediate.schemas import HISTORY_COLUMNS
from slidelens.learning.data.tiles import Row

COLUMNS = list(HISTORY_COLUMNS)


@dataclass
class History:
    """The epochs of a training, and which of them was best.

    The epochs of an ensemble are numbered through its members: those of the second follow the last
    of the first. Each member keeps its own best epoch; `best` is that of the best member.

    Attributes:
        rows: Losses and scores, one dictionary for each epoch.
        best: Number of the epoch of lowest validation loss.
        lowest: That loss.
    """

    rows: list[Row] = field(default_factory=list)
    best: int = 0
    lowest: float = np.inf


def write_history(history: History, path: Path) -> None:
    """Write the rows as CSV; an undefined score is an empty cell."""
    write_text(path, csv_text(pd.DataFrame(history.rows, columns=COLUMNS), float_format="%.6g"))
