"""Results on disk, and their mean and range over the seeds."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.quality import results
from benchmarks.quality.scoring import Scores


def row(seed: int, f1: float | None, step: str = "fine-tuned") -> results.Row:
    scores = Scores(
        f1=f1,
        precision=0.5,
        recall=0.5,
        iou=0.5,
        ece=0.1,
        threshold=0.4,
        f1_best=f1,
        f1_expected=f1,
        threshold_loss=0.0,
        false_alarm_m2_per_km2=None,
    )
    return results.Row(
        protocol="A",
        step=step,
        ground="west",
        method="forest",
        seed=seed,
        changes="",
        settings="0123",
        scores=scores,
        seconds=10.0 * seed,
    )


def test_what_is_kept_is_done(tmp_path: Path) -> None:
    path = tmp_path / "results.csv"
    key = {"protocol": "A", "step": "fine-tuned", "method": "forest", "settings": "0123"}
    assert not results.done(path, seed=1, **key)
    results.append(path, [row(1, 0.5)])
    results.append(path, [row(2, 0.7)])
    assert results.done(path, seed=1, **key)
    assert results.done(path, seed=2, **key)
    assert not results.done(path, seed=3, **key)
    assert not results.done(path, seed=1, **key | {"settings": "4567"})
    assert len(results.read(path)) == 2


def test_mean_and_range_over_the_seeds(tmp_path: Path) -> None:
    path = tmp_path / "results.csv"
    twice = [row(2, 0.7), row(2, 0.7)]  # by two processes at once
    results.append(path, [row(1, 0.5), *twice, row(1, None, "no fine-tuning")])
    summary = results.summary(results.read(path))
    fine_tuned = summary[summary["step"] == "fine-tuned"].iloc[0]
    assert fine_tuned["f1_mean"] == pytest.approx(0.6)
    assert (fine_tuned["seeds"], fine_tuned["f1_min"], fine_tuned["f1_max"]) == (2, 0.5, 0.7)
    text = results.table(summary)
    assert "0.600 (0.500–0.700)" in text
    assert "15 (10–20)" in text
    assert "–" in text.splitlines()[-1]


def test_the_columns_of_the_file_stay(tmp_path: Path) -> None:
    results.append(tmp_path / "results.csv", [row(1, 0.5)])
    columns = (
        "protocol,step,ground,method,seed,changes,settings,f1,precision,recall,iou,ece,threshold,"
        "f1_best,f1_expected,threshold_loss,false_alarm_m2_per_km2,seconds"
    )
    assert (tmp_path / "results.csv").read_text().splitlines()[0] == columns
    assert ",".join(results.read(tmp_path / "missing.csv").columns) == columns
