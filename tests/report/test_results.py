"""Results of a mapped date."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest

from slidelens.analysis.accuracy.reliability import reliability
from slidelens.dataset.parts import TEST, UNKNOWN
from slidelens.dataset.prepared import Prepared, write_prepared
from slidelens.dataset.standardisation import BandStatistics
from slidelens.dataset.windowed_scene import coarser, sampled_rows
from slidelens.geo.rasters.scene import Scene
from slidelens.geo.vectors.inventory import write_inventory
from slidelens.layers.probability import write_probability
from slidelens.layout import Layout
from slidelens.report.results import read_date_results
from support.images.windowed import hold_no_scene
from support.report.results import GRID, date_results
from support.studies import BANDS, UTM, box, grid_of


def test_inside_is_valid_ground_of_the_area() -> None:
    split_map, valid = np.ones(GRID.shape, np.uint8), np.ones(GRID.shape, bool)
    split_map[:, :10], valid[:5] = 0, False
    inside = replace(date_results(None, []), split_map=split_map, valid=valid).inside
    assert inside.sum() == 35 * 30
    assert inside[5:, 10:].all()


def test_scores_are_computed_on_known_pixels_of_test_blocks() -> None:
    results = date_results([], [])
    split_map, labels = results.split_map.copy(), results.labels.copy()
    split_map[:20], labels[:, :10] = TEST, UNKNOWN
    test_mask = replace(results, split_map=split_map, labels=labels).test_mask
    assert test_mask.sum() == 20 * 30
    assert test_mask[:20, 10:].all()


def test_only_available_inventories_have_shapes() -> None:
    square = box(GRID, 0, 0, 5, 5)
    assert list(date_results(None, [square]).shapes) == ["predicted"]
    shapes = date_results([square], []).shapes
    assert [list(shapes["manual"]), list(shapes["predicted"])] == [[square], []]


def test_a_large_date_is_read_as_a_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng, grid, layout = np.random.default_rng(1), grid_of(300, 91), Layout(tmp_path)
    valid = rng.random(grid.shape) > 0.1
    pixels = np.where(valid[..., None], rng.integers(1, 999, (*grid.shape, 3)), 0)
    prepared = Prepared(
        Scene(grid, BANDS, pixels.astype(np.float32), valid),
        rng.choice([0, 1, UNKNOWN], grid.shape).astype(np.uint8),
        rng.integers(0, 4, grid.shape).astype(np.uint8),
        BandStatistics(BANDS, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0), 9),
        None,
    )
    write_prepared(prepared, layout.prepared_date("2013"), "uint16")
    probability = rng.random(grid.shape).astype(np.float32)
    write_probability(probability, valid, grid, layout.probability("2013"))
    landslides = gpd.GeoDataFrame({"area_m2": [900.0]}, geometry=[box(grid, 2, 2, 3, 3)], crs=UTM)
    write_inventory(landslides, layout.inventory("2013"))
    monkeypatch.setattr("slidelens.report.results.read_scores", lambda _: {})
    full = read_date_results(tmp_path, "2013")
    assert (full.grid, full.reliability) == (grid, None)
    np.testing.assert_array_equal(full.split_map, prepared.split_map)
    monkeypatch.setattr("slidelens.report.figures.maps.overview._QUICK_LOOK_PX", 100)
    hold_no_scene(monkeypatch)
    look = read_date_results(tmp_path, "2013")
    rows, columns = sampled_rows(300, 3), sampled_rows(91, 3)
    assert (look.grid, look.image.shape) == (coarser(grid, 3), (100, 31, 3))
    for name in ("split_map", "labels", "valid", "probability"):
        expected = getattr(full, name)[rows][:, columns]
        np.testing.assert_array_equal(getattr(look, name), expected)
    test = full.test_mask
    curve = reliability(full.labels[test] == 1, full.probability[test])
    assert look.reliability is not None
    np.testing.assert_array_equal(look.reliability.pixels, curve.pixels)
    np.testing.assert_allclose(look.reliability.probability, curve.probability)
