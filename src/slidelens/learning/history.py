"""Training curves on disk: one row an epoch, for `dvc plots`."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from slidelens.files import write_text
from slidelens.learning.training import History

COLUMNS = ["epoch", "loss", "val_loss", "val_f1", "val_precision", "val_recall", "lr"]


def write_history(history: History, path: Path) -> None:
    """Write the curves as CSV; a score that is not defined is an empty cell."""
    write_text(path, pd.DataFrame(history.rows, columns=COLUMNS).to_csv(index=False, float_format="%.6g"))
