"""Reliability diagram."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from slidelens.dataset.parts import TEST
from slidelens.report.figures.charts.reliability import draw_reliability
from slidelens.report.figures.style import FigureWriter
from slidelens.report.results import DateResults
from support.report.results import date_results


def test_only_test_blocks_with_landslides_have_a_curve(tmp_path: Path) -> None:
    """Dates without landslides, or with landslides in train blocks alone, give the same figure."""
    in_test, in_train = date_results([], []), date_results([], [])
    in_test.split_map[:] = TEST
    none = replace(in_test, labels=np.zeros_like(in_test.labels))

    def draw(name: str, date: DateResults) -> bytes:
        writer = FigureWriter(tmp_path / name)
        writer.folder.mkdir()
        draw_reliability(writer, [date])
        return (writer.folder / "reliability.png").read_bytes()

    empty = draw("none", none)
    assert draw("train", in_train) == empty
    assert draw("test", in_test) != empty
