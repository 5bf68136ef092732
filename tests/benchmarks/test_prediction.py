"""The table of how fast networks predict."""

from __future__ import annotations

import subprocess
from typing import cast

import pytest

from benchmarks.prediction import Run, rows

NO_PROCESS = cast("subprocess.Popen[str]", None)


def run(kind: str, engine: str, network_px: int, *seconds: float) -> Run:
    measured = Run(kind, engine, "float32", network_px, NO_PROCESS)
    measured.seconds += seconds
    measured.processor_seconds += [2 * each for each in seconds]
    return measured


def test_the_best_run_counts_and_shares_are_of_the_fastest_limit() -> None:
    before = run("commit", "tensorflow", 1_000_000, 2.0, 1.0)
    limits = [run("limit", "a", 4_000_000, 1.0), run("limit", "b", 5_000_000, 1.0, 3.0)]
    mapped = run("map", "a", 3_000_000, 1.5, 1.0)
    table = rows([before, *limits, mapped], "unet 16")
    assert table[-1] == {
        "network": "unet 16",
        "what": "map",
        "engine": "a",
        "precision": "float32",
        "mpx_s": 3.0,
        "mpx_processor_s": 1.5,
        "share_of_limit": 0.6,
        "ratio_to_commit": 3.0,
        "peak_mb": 0,
    }


@pytest.mark.parametrize("runs", [[run("map", "a", 10**6, 1.0)]])
def test_without_an_earlier_commit_there_is_no_ratio(runs: list[Run]) -> None:
    assert rows(runs, "unet 16")[0]["ratio_to_commit"] is None
