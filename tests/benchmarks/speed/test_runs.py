"""Which runs are extrapolated."""

from __future__ import annotations

from dataclasses import replace

from benchmarks.speed.results import Row
from benchmarks.speed.runs import extrapolated

SMALL = Row(
    date="2026-01-02",
    commit="abcdef0",
    contender="slow",
    versions="",
    processor="",
    cores=2,
    load=0.0,
    pixels=1_000_000,
    round=1,
    wall_s=60.0,
    cpu_s=90.0,
    peak_mb=500.0,
)
BLANK = replace(SMALL, pixels=10_000_000, wall_s=0.0, cpu_s=0.0, peak_mb=None)


def test_a_run_within_the_limit_is_run() -> None:
    assert extrapolated(BLANK, SMALL, limit_s=700) is None
    assert extrapolated(BLANK, None, limit_s=1) is None
    assert extrapolated(replace(BLANK, pixels=SMALL.pixels, round=2), SMALL, limit_s=1) is None


def test_a_longer_one_gets_the_time_of_the_smaller_in_proportion_and_no_memory() -> None:
    row = extrapolated(BLANK, SMALL, limit_s=500)
    assert row is not None
    assert (row.wall_s, row.cpu_s, row.peak_mb, row.extrapolated) == (600.0, 900.0, None, True)


def test_what_failed_on_a_smaller_scene_is_not_tried_on_a_larger() -> None:
    row = extrapolated(BLANK, replace(SMALL, failure="no memory"), limit_s=7000)
    assert row is not None
    assert row.failure == "no memory"
