"""The selected epoch."""

from __future__ import annotations

import numpy as np
import pandas as pd

from slidelens.report.figures.charts.training_curves import best_epoch


def test_the_best_epoch_has_the_lowest_validation_loss() -> None:
    """0.3 is the lowest, first at epoch 2; NaN losses are ignored, and no rows have no epoch."""
    rows = pd.DataFrame({"epoch": [0, 1, 2, 3], "val_loss": [0.5, np.nan, 0.3, 0.3]})
    assert best_epoch(rows) == 2
    assert best_epoch(rows[1:2]) is None
    assert best_epoch(rows[:0]) is None
