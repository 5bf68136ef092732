"""Figure of the size-frequency statistics."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from slidelens.analysis.inventory.size_frequency import SizeFrequency, fit_sizes
from slidelens.report.size_frequency import draw_sizes

# Quantiles of a Pareto distribution with exponent 2 above 100 m².
AREAS_M2 = 100 / (1 - (np.arange(300) + 0.5) / 300)


@pytest.fixture(scope="module")
def sizes() -> SizeFrequency:
    return fit_sizes(AREAS_M2, repeats=2)


def drawn(sizes: SizeFrequency, path: Path) -> bytes:
    draw_sizes(AREAS_M2, sizes, "an inventory", path)
    return path.read_bytes()


def test_fits_that_are_not_reliable_look_different(sizes: SizeFrequency, tmp_path: Path) -> None:
    doubtful = replace(sizes, tail=replace(sizes.tail, why=("too few landslides",)))
    reliable = replace(sizes, tail=replace(sizes.tail, why=()))
    first = drawn(reliable, tmp_path / "a.png")
    assert drawn(reliable, tmp_path / "b.png") == first
    assert drawn(doubtful, tmp_path / "c.png") != first


def test_an_inventory_without_fits_is_drawn(sizes: SizeFrequency, tmp_path: Path) -> None:
    """The landslides remain as points, so the figure differs from that with fits."""
    without = replace(
        sizes,
        tail=replace(sizes.tail, fit=None),
        inverse_gamma=replace(sizes.inverse_gamma, fit=None),
        double_pareto=replace(sizes.double_pareto, fit=None),
    )
    assert drawn(without, tmp_path / "a.png") != drawn(sizes, tmp_path / "b.png")
