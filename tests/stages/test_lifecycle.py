"""Stage `lifecycle`: dates' folders in, histories and metrics out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from affine import Affine
from rasterio.crs import CRS

from slidelens.analysis.lifecycle.rules import LifecycleRules
from slidelens.errors import GridError
from slidelens.geo.geotiff import write_bytes
from slidelens.geo.grid import Grid
from slidelens.geo.vectors.inventory import write_inventory, write_layers
from slidelens.layers.probability import write_probability
from slidelens.layout import Layout
from slidelens.stages.lifecycle import lifecycle, main
from support.studies import write_params

GRID = Grid(CRS.from_epsg(32645), Affine(10, 0, 320_000, 0, -10, 3_110_000), 100, 100)
DATES = ("2013", "2014", "2015")


def square(x: float, y: float, side: float = 100) -> shapely.Polygon:
    """A square so many metres east and south of the grid's corner."""
    return shapely.box(320_000 + x, 3_110_000 - y - side, 320_000 + x + side, 3_110_000 - y)


HERE, THERE = square(100, 100), square(700, 700)


def frame(*shapes: shapely.Geometry) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=list(shapes), crs=GRID.crs)


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """Return a layout with the maps and inventories of three dates.

    HERE is predicted at every date, THERE in 2013 only: in 2014 its ground is under cloud. 2015 is
    not mapped by hand.
    """
    layout = Layout(tmp_path)
    for date in DATES:
        split_map = np.ones(GRID.shape, np.uint8)
        write_bytes(split_map, GRID, layout.prepared_date(date) / "split.tif", "part")
        valid = np.ones(GRID.shape, bool)
        valid[60:, 60:] = date != "2014"
        probability = np.zeros(GRID.shape, np.float32)
        write_probability(probability, valid, GRID, layout.probability(date))
        predicted = frame(HERE, THERE) if date == "2013" else frame(HERE)
        write_inventory(predicted, layout.inventory(date))
        if date != "2015":
            write_inventory(frame(HERE, THERE), layout.prepared_date(date) / "inventory.gpkg")
    return layout


def trace(layout: Layout) -> dict[str, Any]:
    """Run the stage and return its metrics."""
    lifecycle(DATES, LifecycleRules(), layout, layout.root / "truth.gpkg")
    metrics: dict[str, Any] = json.loads(layout.metric("lifecycle").read_text())
    return metrics


def test_histories_and_metrics(layout: Layout) -> None:
    metrics = trace(layout)
    assert metrics["landslides"] == 2
    assert [metrics["dates"][date]["unobserved"] for date in DATES] == [0, 1, 0]
    assert [metrics["dates"][date]["healed_m2"] for date in DATES] == [0, 0, 10_000]
    assert list(metrics["manual"]["dates"]) == ["2013", "2014"]
    # 1 km² of area, two landslides new in 2013, none since
    assert metrics["evolution"]["2014"]["emergence_per_km2_year"] == 0
    assert "truth" not in metrics
    layers = {str(name) for name, _ in pyogrio.list_layers(layout.lifecycle / "landslides.gpkg")}
    assert layers == {"observations", "landslides", "edges"}
    assert (layout.lifecycle / "manual.gpkg").exists()


def test_each_landslide_has_an_interval_of_occurrence(layout: Layout) -> None:
    """In 2014 a cloud hides THERE, so that what stands there in 2015 occurred after 2013."""
    write_inventory(frame(HERE), layout.inventory("2013"))
    write_inventory(frame(HERE, THERE), layout.inventory("2015"))
    trace(layout)
    landslides = gpd.read_file(layout.lifecycle / "landslides.gpkg", layer="landslides")
    assert landslides["occurred_after"].fillna("").tolist() == ["", "2013"]
    assert landslides["occurred_by"].tolist() == ["2013", "2015"]
    assert landslides["occurrence_confidence"].isna().all()  # no map of onsets


def test_histories_of_revised_inventories(layout: Layout) -> None:
    for date in DATES:
        write_inventory(frame(HERE), layout.revised / date / "inventory.gpkg")
    lifecycle(DATES, LifecycleRules(), layout, layout.root / "none", revised=True)
    metrics = json.loads(layout.metric("lifecycle").read_text())
    assert metrics["landslides"] == 1


def test_tables_for_the_report(layout: Layout) -> None:
    trace(layout)
    tables = {
        name: pd.read_csv(layout.lifecycle / f"{name}.csv")
        for name in ("ledger", "evolution", "path_dependency")
    }
    ledger = tables["ledger"]
    assert ledger["inventory"].tolist() == ["predicted"] * 3 + ["manual"] * 2
    assert ledger["date"].astype(str).tolist() == ["2013", "2014", "2015", "2013", "2014"]
    assert ledger["area_m2"].tolist() == [20_000, 10_000, 10_000, 20_000, 20_000]
    assert (ledger["carried_over_m2"] + ledger["new_m2"] - ledger["healed_m2"]).tolist() == ledger[
        "area_m2"
    ].tolist()
    assert tables["evolution"]["healed_m2"].tolist() == [0, 0, 10_000, 0, 0]
    assert {"inventory", "years_since", "share", "chance", "ratio", "p"} <= set(
        tables["path_dependency"].columns
    )


def test_scores_where_the_truth_is_known(layout: Layout) -> None:
    rows = {"landslide_id": [7, 8, 7, 8, 7, 8], "date": ["2013"] * 2 + ["2014"] * 2 + ["2015"] * 2}
    states = ["new", "new", "persistent", "unobserved", "persistent", "healed"]
    empty = shapely.Polygon()
    truth = gpd.GeoDataFrame(
        {**rows, "state": states}, geometry=[HERE, THERE, HERE, empty, HERE, empty], crs=GRID.crs
    )
    write_layers({"observations": truth}, layout.root / "truth.gpkg")
    scores = trace(layout)
    assert scores["truth"]["identity"] == {"f1": 1, "precision": 1, "recall": 1, "association": 1}
    assert scores["truth"]["state_accuracy"] == 1
    assert scores["manual"]["truth"]["identity"]["precision"] == pytest.approx(
        3 / 4
    )  # THERE is mapped in 2014, where it is under cloud


def test_the_same_again(layout: Layout) -> None:
    trace(layout)
    before = (
        (layout.lifecycle / "landslides.gpkg").read_bytes(),
        layout.metric("lifecycle").read_bytes(),
    )
    trace(layout)
    assert (
        (layout.lifecycle / "landslides.gpkg").read_bytes(),
        layout.metric("lifecycle").read_bytes(),
    ) == before


def test_inventories_of_what_is_new_are_suspected(
    layout: Layout, caplog: pytest.LogCaptureFixture
) -> None:
    trace(layout)
    assert "--increments" not in caplog.text
    write_inventory(frame(square(400, 400)), layout.prepared_date("2014") / "inventory.gpkg")
    trace(layout)
    assert "manual inventories: of the landslide ground of the date before" in caplog.text
    assert "(0.0 % in 2014); if the inventories hold only what is new, trace them" in caplog.text


def test_an_unclear_order_of_dates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write_params(tmp_path, tmp_path / "raw", ["2015", "2015-06"])
    assert main([]) == 2
    assert (
        "the order of the dates is unclear: the times of 2015 and 2015-06"
        in capsys.readouterr().err
    )


def test_dates_without_any_landslide(layout: Layout) -> None:
    for date in DATES:
        write_inventory(frame(), layout.inventory(date))
    metrics = trace(layout)
    assert metrics["landslides"] == 0
    assert metrics["recovery"]["half_life_years"] is None


def test_a_map_on_another_grid(layout: Layout) -> None:
    other = Grid(GRID.crs, GRID.transform, 50, 50)
    write_probability(
        np.zeros((50, 50), np.float32),
        np.ones((50, 50), bool),
        other,
        layout.probability("2014"),
    )
    with pytest.raises(GridError, match="2014/probability.tif are on different grids"):
        trace(layout)
    assert not layout.lifecycle.exists()
    assert not layout.metric("lifecycle").exists()
