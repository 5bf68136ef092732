"""An MLflow store with experiments, for tests of its model registry."""

from __future__ import annotations

from pathlib import Path

from slidelens.tracking.identity import data_hashes
from slidelens.tracking.run import stage_run


def log_evaluation(weights: Path, date: str, f1: float, root: str = "study") -> None:
    """Log what the stage `evaluate` logs of the weights of a date, a file models/….weights.h5."""
    (digest,) = data_hashes([weights]).values()
    data = {f"models/{weights.name}": digest}
    with stage_run("evaluate", {"study": {"root": root}}, data, date) as run:
        run.scores({"after": {"f1": f1, "precision": 0.5, "recall": 0.25}})
