"""The comparison of one worker and two."""

from __future__ import annotations

from benchmarks.workers import summary


def test_speeds_are_ratios_of_medians_and_two_maps_are_twice_the_work() -> None:
    seconds = {"one": [10.0, 12.0, 90.0], "two": [8.0, 6.0, 7.0], "apart": [15.0, 12.0, 13.0]}

    assert summary(seconds) == "two workers 1.71 × one; two maps at once 1.85 ×"
