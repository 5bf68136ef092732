"""Keep results on disk, so that an interrupted benchmark resumes where it stopped.

A line per method, seed, step and ground, written atomically.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import pandas as pd
from filelock import FileLock

from benchmarks.quality.scoring import Scores
from slidelens.files import write_text

RUN_COLUMNS = ("protocol", "step", "ground", "method", "seed", "changes", "settings")
SCORE_COLUMNS = tuple(field.name for field in fields(Scores))
SUMMARISED = [
    "f1",
    "precision",
    "recall",
    "iou",
    "ece",
    "f1_best",
    "threshold_loss",
    "f1_expected",
    "false_alarm_m2_per_km2",
    "seconds",
]
SHOWN = [name for name in SUMMARISED if name != "f1_best"]
HEADS = {
    "threshold_loss": "thr. loss",
    "f1_expected": "f1 expected",
    "false_alarm_m2_per_km2": "m²/km²",
}
RUN_KEY = ["protocol", "step", "method", "seed", "settings"]
SAME_BUT_SEED = ["protocol", "step", "ground", "method", "changes", "settings"]


@dataclass(frozen=True)
class Row:
    """Scores of one trained method on one ground.

    Attributes:
        protocol: A, B, C or D.
        step: How the method was trained, for example `no fine-tuning`.
        ground: Where it is scored.
        method: Name of the method.
        seed: Seed of the training.
        changes: Parameters that differ from params.yaml.
        settings: Digest of all parameters, data and code that the scores follow from.
        scores: Scores of the map.
        seconds: Time of all training, from the first pixel.
    """

    protocol: str
    step: str
    ground: str
    method: str
    seed: int
    changes: str
    settings: str
    scores: Scores
    seconds: float

    def record(self) -> dict[str, Any]:
        """Return the row's columns in the file's order."""
        run = {name: getattr(self, name) for name in RUN_COLUMNS}
        return run | asdict(self.scores) | {"seconds": self.seconds}


def read(path: Path) -> pd.DataFrame:
    """Return all results so far; empty if the file does not exist."""
    if not path.exists():
        return pd.DataFrame(columns=[*RUN_COLUMNS, *SCORE_COLUMNS, "seconds"])
    return pd.read_csv(path, dtype={"changes": str, "settings": str}, keep_default_na=True).fillna(
        {"changes": ""}
    )


def done(path: Path, **key: object) -> bool:
    """Return whether the results of a run exist.

    Args:
        path: The file.
        **key: Values of RUN_KEY.
    """
    frame = read(path)
    if frame.empty:
        return False
    return bool((frame[RUN_KEY] == [key[name] for name in RUN_KEY]).all(axis=1).any())


def append(path: Path, rows: Iterable[Row]) -> None:
    """Add a run's rows, all or none; several processes may do so at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{path}.lock"):
        new = pd.DataFrame([row.record() for row in rows])
        frame = pd.concat([read(path), new], ignore_index=True) if path.exists() else new
        write_text(path, frame.to_csv(index=False, float_format="%.6g"))


def summary(frame: pd.DataFrame) -> pd.DataFrame:
    """Return mean, lowest and highest of each score over the seeds.

    Args:
        frame: Rows of the file.

    Returns:
        A row per protocol, step, ground, method and settings.
    """
    if frame.empty:
        return frame
    # Two processes may have finished the same run.
    frame = frame.drop_duplicates([*SAME_BUT_SEED, "seed"], keep="last")
    groups = frame.groupby(SAME_BUT_SEED, sort=False, dropna=False)
    statistics = groups[SUMMARISED].agg(["mean", "min", "max"])
    statistics.columns = statistics.columns.map("_".join)
    statistics.insert(0, "seeds", groups.size())
    return statistics.reset_index()


def table(statistics: pd.DataFrame) -> str:
    """Return a summary as text: the mean, and the range if there are several seeds."""
    lines = []
    for key, rows in statistics.groupby(["protocol", "step", "ground"], sort=False):
        protocol, step, ground = map(str, tuple(key))
        cells = [["method", "seeds", *(HEADS.get(name, name) for name in SHOWN)]]
        cells += [
            [_name(row), str(row["seeds"]), *(_cell(row, score) for score in SHOWN)]
            for row in rows.to_dict("records")
        ]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        lines += ["", f"{protocol}  {step}; {ground}"]
        lines += [_line(row, widths) for row in cells]
    return "\n".join(lines)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    numbers = (f"{cell:>{width}}" for cell, width in zip(cells[1:], widths[1:], strict=True))
    return "  ".join([f"{cells[0]:<{widths[0]}}", *numbers])


def _name(row: Mapping[Hashable, Any]) -> str:
    changes = row["changes"]
    return f"{row['method']} [{changes}]" if changes else str(row["method"])


def _cell(row: Mapping[Hashable, Any], score: str) -> str:
    mean, low, high = (row[f"{score}_{name}"] for name in ("mean", "min", "max"))
    if pd.isna(mean):
        return "–"
    digits = 0 if score in ("seconds", "false_alarm_m2_per_km2") else 3
    spread = f" ({low:.{digits}f}–{high:.{digits}f})" if row["seeds"] > 1 else ""
    return f"{mean:.{digits}f}{spread}"
