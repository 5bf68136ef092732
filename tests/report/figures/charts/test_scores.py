"""Precision–recall curves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from matplotlib.figure import Figure

from slidelens.analysis.accuracy.precision_recall import precision_recall
from slidelens.errors import SlidelensError
from slidelens.report.figures.charts.scores import draw_precision_recall, draw_scores, read_curves
from slidelens.report.figures.style import FigureWriter


def test_curves_are_read_in_the_order_of_thresholds(tmp_path: Path) -> None:
    """Steps of recall 0.5 and 0.5 with precision 1 and 0.5: an average precision of 0.75."""
    path = tmp_path / "precision_recall.csv"
    header, before = "weights,threshold,recall,precision\n", "before,0.2,1,0.5\nbefore,0.9,0.5,1\n"
    path.write_text(header + before + "after,0.5,1,1\n")
    curves = read_curves(path)
    assert curves["before"].average_precision == 0.75
    assert curves["after"].average_precision == 1
    path.write_text(header + before)
    with pytest.raises(SlidelensError, match=r"no rows of after; run the stage that writes it"):
        read_curves(path)


def test_a_threshold_that_no_pixel_reaches_has_no_dot(tmp_path: Path) -> None:
    """Nothing is predicted: recall 0, no precision. The curve is drawn, without a dot."""
    curve = precision_recall(np.array([True, False, True, False]), np.array([0.4, 0.3, 0.2, 0.1]))
    nothing, something = {"recall": 0.0, "precision": None}, {"recall": 0.5, "precision": 1.0}
    pictures = []
    for number, after in enumerate((nothing, something)):
        writer = FigureWriter(tmp_path / str(number))
        writer.folder.mkdir()
        draw_precision_recall(
            writer,
            {"2013": {"before": curve, "after": curve}},
            {"2013": {"before": nothing, "after": after}},
        )
        pictures.append((writer.folder / "precision_recall.png").read_bytes())
    assert pictures[0] != pictures[1]


class KeepingWriter(FigureWriter):
    """Keeps the figures that it writes."""

    figures: ClassVar[list[Figure]] = []

    @contextmanager
    def figure(self, name: str, height_cm: float) -> Iterator[Figure]:
        with super().figure(name, height_cm) as figure:
            self.figures.append(figure)
            yield figure


@pytest.mark.parametrize("number", [3, 12, 13, 40])
def test_the_labels_of_many_dates_do_not_overlap(tmp_path: Path, number: int) -> None:
    dates = [f"{1990 + index}" for index in range(number)]
    names = [name + when for name in ("f1", "precision", "recall") for when in ("", "_before")]
    scores = dict.fromkeys(names, dict.fromkeys(dates, 0.8))
    draw_scores(KeepingWriter(tmp_path), scores, dates)
    figure = KeepingWriter.figures.pop()
    labels = [text.get_window_extent() for text in figure.axes[0].get_xticklabels()]
    assert len(labels) == number
    if figure.axes[0].get_xticklabels()[0].get_rotation() != 45:
        for left, right in pairwise(labels):
            assert left.x1 <= right.x0 + 1
