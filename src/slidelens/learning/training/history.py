"""Training curves on disk: one row an epoch, for `dvc plots`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from slidelens.files import write_text

if TYPE_CHECKING:
    pass
from slidelens.learning.data.tiles import Row

COLUMNS = ["epoch", "loss", "val_loss", "val_f1", "val_precision", "val_recall", "lr"]


def write_history(history: History, path: Path) -> None:
    """Write the curves as CSV; a score that is not defined is an empty cell."""
    write_text(
        path, pd.DataFrame(history.rows, columns=COLUMNS).to_csv(index=False, float_format="%.6g")
    )


@dataclass
class History:
    """One row an epoch, and which was best by validation loss, the lowest of all.

    Epochs are counted on through the members of an ensemble: the second one's follow the first one's last. Each member keeps its own best
    epoch; `best` is that of the member with the lowest loss.
    """

    rows: list[Row] = field(default_factory=list)
    best: int = 0
    lowest: float = np.inf
