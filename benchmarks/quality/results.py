"""Results on disk: one line a method, seed, step and ground, kept whole, so that an interrupted run goes on where it stopped."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import pandas as pd
from filelock import FileLock

from slidelens.files import write_text

SCORES = [
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
SHOWN = [
    "f1",
    "precision",
    "recall",
    "iou",
    "ece",
    "threshold_loss",
    "f1_expected",
    "false_alarm_m2_per_km2",
    "seconds",
]
HEADS = {
    "threshold_loss": "thr. loss",
    "f1_expected": "f1 expected",
    "false_alarm_m2_per_km2": "m²/km²",
}
TELLS_RUNS_APART = ["protocol", "step", "method", "seed", "settings"]
SAME_BUT_SEED = ["protocol", "step", "ground", "method", "changes", "settings"]


@dataclass(frozen=True)
class Row:
    """Scores of one trained method on one ground; None where a score has no meaning.

    step: how it was trained, such as `zero-shot`; changes: parameters that differ from params.yaml; settings: digest of all that matters
    f1_best: at the threshold that is best on this very ground, which nobody could have chosen; threshold_loss: what that would have gained
    f1_expected: at the threshold of highest F1 that the map itself expects outside test blocks (`evaluate.threshold: expected`)
    seconds: of training, all of it from the first pixel
    """

    protocol: str
    step: str
    ground: str
    method: str
    seed: int
    changes: str
    settings: str
    f1: float | None
    precision: float | None
    recall: float | None
    iou: float | None
    ece: float | None
    threshold: float
    f1_best: float | None
    f1_expected: float | None
    threshold_loss: float | None
    false_alarm_m2_per_km2: float | None
    seconds: float


def read(path: Path) -> pd.DataFrame:
    """All results so far."""
    columns = [field.name for field in fields(Row)]
    if not path.exists():
        return pd.DataFrame(columns=columns)
    return pd.read_csv(path, dtype={"changes": str, "settings": str}, keep_default_na=True).fillna(
        {"changes": ""}
    )


def done(path: Path, **key: object) -> bool:
    """Whether a run is there already. key: values of TELLS_RUNS_APART."""
    frame = read(path)
    return bool(
        len(frame)
        and (frame[TELLS_RUNS_APART] == [key[name] for name in TELLS_RUNS_APART]).all(axis=1).any()
    )


def append(path: Path, rows: Iterable[Row]) -> None:
    """Add a run's rows, all or none; several processes may."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{path}.lock"):
        new = pd.DataFrame([asdict(row) for row in rows])
        frame = pd.concat([read(path), new], ignore_index=True) if path.exists() else new
        write_text(path, frame.to_csv(index=False, float_format="%.6g"))


def summary(frame: pd.DataFrame) -> pd.DataFrame:
    """Mean, lowest and highest of each score over the seeds: a row a protocol, step, ground, method and settings."""
    if frame.empty:
        return frame
    frame = frame.drop_duplicates(
        [*SAME_BUT_SEED, "seed"], keep="last"
    )  # two runs at once may have done the same
    groups = frame.groupby(SAME_BUT_SEED, sort=False, dropna=False)
    told = groups[SCORES].agg(["mean", "min", "max"])
    told.columns = [f"{score}_{how}" for score, how in told.columns]
    told.insert(0, "seeds", groups.size())
    return told.reset_index()


def table(told: pd.DataFrame) -> str:
    """The summary as text: mean, and the range where there are several seeds."""
    lines = []
    for (protocol, step, ground), rows in told.groupby(["protocol", "step", "ground"], sort=False):
        records = rows.to_dict("records")
        cells = [["method", "seeds", *(HEADS.get(name, name) for name in SHOWN)]]
        cells += [
            [_name(row), str(row["seeds"]), *(_shown(row, score) for score in SHOWN)]
            for row in records
        ]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        lines += ["", f"{protocol}  {step}; {ground}"]
        lines += [
            "  ".join(
                [
                    f"{row[0]:<{widths[0]}}",
                    *(f"{cell:>{width}}" for cell, width in zip(row[1:], widths[1:], strict=True)),
                ]
            )
            for row in cells
        ]
    return "\n".join(lines)


def _name(row: dict) -> str:
    return row["method"] + (f" [{row['changes']}]" if row["changes"] else "")


def _shown(row: dict, score: str) -> str:
    mean, low, high = (row[f"{score}_{how}"] for how in ("mean", "min", "max"))
    if pd.isna(mean):
        return "–"
    digits = 0 if score in ("seconds", "false_alarm_m2_per_km2") else 3
    spread = f" ({low:.{digits}f}–{high:.{digits}f})" if row["seeds"] > 1 else ""
    return f"{mean:.{digits}f}{spread}"
