"""Maps of the probability."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from slidelens.report.figures.maps.probability import draw_probabilities
from slidelens.report.figures.style import FigureWriter
from slidelens.types import Float32
from support.report.results import GRID, date_results


def test_only_valid_pixels_of_the_area_are_drawn(tmp_path: Path) -> None:
    """The image is invalid in row 0: another probability there gives the same bytes."""
    valid = np.ones(GRID.shape, bool)
    valid[0] = False
    date = replace(date_results(None, [], valid), scores={"after": {"threshold": 0.5}})

    def draw(name: str, probability: Float32) -> bytes:
        folder = tmp_path / name
        folder.mkdir()
        draw_probabilities(FigureWriter(folder), [replace(date, probability=probability)])
        return (folder / "probability.png").read_bytes()

    first = np.full(GRID.shape, 0.5, np.float32)
    outside, inside = first.copy(), first.copy()
    outside[0], inside[1] = 1.0, 1.0
    drawn = draw("first", first)
    assert draw("outside", outside) == drawn
    assert draw("inside", inside) != drawn
