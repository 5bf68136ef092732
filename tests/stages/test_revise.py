"""Stage `revise`: maps and labels of all dates in, revised maps and scores out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine
from rasterio.crs import CRS

from slidelens.geo.geotiff import write_bytes
from slidelens.geo.grid import Grid
from slidelens.geo.vectors.inventory import read_inventory, write_inventory
from slidelens.geo.windowed import strips
from slidelens.layers.elevation import write_terrain
from slidelens.layers.probability import read_probability, write_probability
from slidelens.layout import Layout
from slidelens.learning.revision import dated_maps
from slidelens.params.loading import load_params
from slidelens.stages.revise import main, revise
from support.studies import write_params

DATES = ("2013", "2014", "2015")
GRID = Grid(CRS.from_epsg(32645), Affine(5, 0, 320_000, 0, -5, 3_110_000), 240, 200)


def landslides() -> np.ndarray:
    """Return the ground of 24 landslides of 20 × 10 pixels."""
    mask = np.zeros(GRID.shape, bool)
    for row in range(10, 240, 40):
        for column in range(10, 200, 50):
            mask[row : row + 20, column : column + 10] = True
    return mask


def write_study(root: Path) -> Layout:
    """Write maps with speckle of three dates; half of 2014 is under cloud, 2015 is unlabelled."""
    layout, rng = Layout(root), np.random.default_rng(8)
    truth, split = landslides(), np.repeat([1, 2, 3], (100, 60, 80))
    write_terrain(None, GRID, layout.terrain)
    for date in DATES:
        folder = layout.prepared_date(date)
        write_bytes(np.tile(split[:, None], 200).astype(np.uint8), GRID, folder / "split.tif", "s")
        labels = np.where(date == "2015", 255, truth).astype(np.uint8)
        write_bytes(labels, GRID, folder / "labels.tif", "landslide")
        noise = rng.normal(0, 0.22, GRID.shape)
        probability = np.clip(np.where(truth, 0.6, 0.15) + noise, 0, 1).astype(np.float32)
        valid = np.ones(GRID.shape, bool)
        valid[:, 150:] = date != "2014"
        write_probability(probability, valid, GRID, layout.probability(date))
        shape = [shapely.box(320_100, 3_109_900, 320_200, 3_109_950)]
        columns = {"id": [1], "area_m2": 5000.0, "mean_probability": 0.6, "max_probability": 0.9}
        write_inventory(
            gpd.GeoDataFrame(columns, geometry=shape, crs=GRID.crs), layout.inventory(date)
        )
        scores = {"f1": 0.5, "precision": 0.5, "recall": 0.5, "iou": 0.3, "loss": 0.2}
        entry = {**scores, "threshold": 0.4}
        layout.scores(date).write_text(json.dumps(scores_file(entry)))
    return layout


def scores_file(entry: dict[str, Any]) -> dict[str, Any]:
    estimate = dict.fromkeys(("predicted", "manual", "estimate", "low", "high"), 1.0)
    totals = {"count": estimate, "area_m2": estimate, "why": None}
    return {
        "after": entry,
        "before": entry,
        "fragments": {"raw": 1, "merged": 1},
        "estimates": {"test": totals, "area": totals},
    }


@pytest.fixture
def layout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Layout:
    write_params(tmp_path, Path("study"), DATES)
    monkeypatch.chdir(tmp_path)
    return write_study(Path())


def test_maps_that_agree_are_better_and_keep_their_mask(layout: Layout) -> None:
    assert main([]) == 0
    metrics = json.loads(layout.metric("revised").read_text())
    assert metrics["f1"]["2013"] > 0.8
    assert metrics["f1_before"]["2013"] == 0.5
    assert metrics["unrevised"] == {"2015": "it has no landslide in validation blocks"}
    assert metrics["f1"]["2015"] == 0.5
    revised, valid, _ = read_probability(layout.revised / "2014" / "probability.tif")
    original = read_probability(layout.probability("2014"))
    assert np.array_equal(valid, original[1])
    wrong = [
        np.count_nonzero(((values > 0.5) != landslides())[valid])
        for values in (revised, original[0])
    ]
    assert wrong[0] < 0.7 * wrong[1]
    assert metrics["count"]["2013"] == len(
        read_inventory(layout.revised / "2013" / "inventory.gpkg")
    )
    with rasterio.open(layout.revised / "2014" / "onset.tif") as dataset:
        assert dataset.descriptions == ("probability that landslide began since the date before",)


def test_a_revised_map_is_compared_with_the_map_at_its_own_threshold(layout: Layout) -> None:
    probability = read_probability(layout.probability("2013"))[0][:160]  # train and validation
    truth, after = landslides()[:160], []
    for threshold in (0.4, 0.99):
        for date in DATES:
            scores = json.loads(layout.scores(date).read_text())
            scores["after"]["threshold"] = threshold
            layout.scores(date).write_text(json.dumps(scores))
        assert main([]) == 0
        gain = json.loads(layout.metric("revised").read_text())["gain"]["2013"]
        mapped = probability >= threshold
        after.append(gain + 2 * (mapped & truth).sum() / (mapped.sum() + truth.sum()))
    assert after[0] > 0.85
    assert after[0] == pytest.approx(after[1], abs=0.01)


def test_results_do_not_depend_on_the_strips(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    params = load_params()
    revise(params, layout)
    files = [layout.revised / date / "probability.tif" for date in DATES]
    whole = [read_probability(path)[0] for path in files]
    monkeypatch.setattr(dated_maps, "strips", lambda shape: strips(shape, 17))
    revise(params, layout)
    for path, expected in zip(files, whole, strict=True):
        assert np.array_equal(read_probability(path)[0], expected)


def test_without_labels_maps_stay_as_they_are(
    layout: Layout, caplog: pytest.LogCaptureFixture
) -> None:
    for date in DATES:
        unknown = np.full(GRID.shape, 255, np.uint8)
        write_bytes(unknown, GRID, layout.prepared_date(date) / "labels.tif", "landslide")
    assert main([]) == 0
    metrics = json.loads(layout.metric("revised").read_text())
    assert set(metrics["unrevised"]) == set(DATES)
    assert "of its 1 landslide none is dropped" in caplog.text
    assert "false alarms" not in caplog.text
    assert not (layout.revised / "model.json").exists()
    for name in ("probability.tif", "inventory.gpkg"):
        assert (layout.revised / "2013" / name).exists()


def test_a_map_on_another_grid_is_refused(
    layout: Layout, capfd: pytest.CaptureFixture[str]
) -> None:
    other = Grid(GRID.crs, GRID.transform, 240, 199)
    write_probability(
        np.zeros(other.shape, np.float32),
        np.ones(other.shape, bool),
        other,
        layout.probability("2014"),
    )
    assert main([]) == 2
    assert "dvc repro evaluate@2014" in capfd.readouterr().err
    assert not layout.revised.exists()
