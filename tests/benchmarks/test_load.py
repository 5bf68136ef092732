"""The benchmark of the commands that read many polygons."""

from __future__ import annotations

from pathlib import Path

import pyogrio
import pytest
import shapely

from benchmarks.load import growth, landslides, measure, write_files


def test_growth_is_the_exponent_of_the_seconds() -> None:
    assert growth((100, 2.0), (400, 8.0)) == pytest.approx(1.0)
    assert growth((100, 1.0), (200, 4.0)) == pytest.approx(2.0)


def test_outlines_are_valid_and_in_the_same_places_for_every_seed() -> None:
    first, second = landslides(500, 1), landslides(500, 2)
    assert shapely.is_valid(first).all()
    assert (first != second).all()
    assert shapely.intersects(first, second).all()


def test_every_file_has_its_share_of_the_polygons(tmp_path: Path) -> None:
    write_files(tmp_path, 300)
    numbers = {path.stem: pyogrio.read_info(path)["features"] for path in tmp_path.glob("*.gpkg")}
    dates = dict.fromkeys(("2013", "2014", "2015"), 100)
    outlines = {f"outline-{date}": 1 for date in dates}
    assert numbers == {"first": 300, "second": 300} | dates | outlines


def test_a_command_is_measured_in_its_own_process(tmp_path: Path) -> None:
    write_files(tmp_path, 60)
    cost = measure("sizes", tmp_path)
    assert (cost.failure, cost.seconds > 0.1, cost.peak_mb > 50) == ("", True, True)


def test_a_failure_is_told(tmp_path: Path) -> None:
    assert "first.gpkg" in measure("density", tmp_path).failure
