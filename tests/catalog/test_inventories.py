"""Inventories of a catalogue."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely
from rasterio.crs import CRS

from slidelens.catalog.collection import write_collection
from slidelens.catalog.inventories import History, write_date, write_manual
from slidelens.catalog.study import FinishedStudy, open_finished
from slidelens.errors import SlidelensError
from slidelens.geo.vectors.inventory import read_inventory, read_labels, write_inventory
from slidelens.layers.mapped_date import read_predicted
from slidelens.params.loading import load_params
from support.studies import write_shapes

COLUMNS = [
    "landslide_id",
    "occurrence_confidence",
    "occurred_after",
    "occurred_by",
    "image",
    "weights",
    "method",
    "class",
    "reviewed_by",
]


def test_all_landslides_of_the_date_are_there_with_the_documented_columns(
    catalogue: Path, study: FinishedStudy
) -> None:
    dated = study.dates[0]
    written = read_inventory(catalogue / "2013/inventory.gpkg")
    before = read_predicted(dated.inventory, dated.grid.crs)
    assert [name for name in written if name not in before] == COLUMNS
    assert written.geometry.geom_equals(before.geometry).all()
    assert set(written["image"]) == {"2013.tif"}
    assert set(written["weights"]) == {"2013.weights.h5"}
    assert written[["class", "reviewed_by"]].isna().all(axis=None)
    assert written["method"].str.contains("revised by the histories").all()


def test_landslides_have_the_interval_of_their_history(
    catalogue: Path, study: FinishedStudy
) -> None:
    histories = pyogrio.read_dataframe(study.histories, layer="landslides")
    histories = histories.set_index("landslide_id")
    for date in ("2013", "2014"):
        written = read_inventory(catalogue / f"{date}/inventory.gpkg")
        assert len(written) > 0
        for row in written.itertuples():
            footprint = histories.geometry[row.landslide_id]
            assert row.geometry.intersection(footprint).area > 0.5 * row.geometry.area
            assert row.occurred_by == histories["occurred_by"][row.landslide_id] == "2013"


def test_the_interval_is_in_the_days_that_the_user_tells(repository: Path, tmp_path: Path) -> None:
    params = load_params(repository / "params.yaml")
    told = open_finished(params, repository, {"2013": "2013-05-04"})
    write_collection(told, tmp_path / "catalog")
    path = tmp_path / "catalog/2013/inventory.gpkg"
    assert set(read_inventory(path)["occurred_by"]) == {"2013-05-04"}
    assert set(pyogrio.read_dataframe(path, layer="mapped")["image_date"]) == {"2013-05-04"}
    later = pyogrio.read_dataframe(tmp_path / "catalog/2014/inventory.gpkg", layer="mapped")
    assert set(later["image_date"]) == {"2014"}


def test_the_mapped_ground_is_a_layer_and_histories_are_styled(catalogue: Path) -> None:
    mapped = read_labels(catalogue / "2013/inventory.gpkg").mapped
    assert mapped is not None
    assert mapped.area.sum() == 960 * 960
    layers = [name for name, _ in pyogrio.list_layers(catalogue / "histories.gpkg")]
    assert layers == ["observations", "landslides", "edges", "layer_styles"]


def test_the_manual_inventory_is_in_the_crs_of_the_map(
    catalogue: Path, study: FinishedStudy
) -> None:
    manual = read_inventory(catalogue / "2013/manual.gpkg")
    assert manual.crs == study.dates[0].grid.crs
    assert len(manual) == 20
    assert not (catalogue / "2014/manual.gpkg").exists()


def test_ground_without_a_history_has_no_interval(study: FinishedStudy) -> None:
    history = History(study.histories, study.dates[0].grid.crs)
    far = gpd.GeoDataFrame(
        geometry=read_predicted(study.dates[0].inventory, study.dates[0].grid.crs)
        .geometry[:1]
        .translate(50_000)
    )
    described = history.describe(far, "2013")
    assert described["landslide_id"].isna().all()
    assert history.intervals(described)["occurred_by"] == [None]


def test_a_polygon_on_healed_ground_is_of_the_landslide_that_is_there(
    study: FinishedStudy,
) -> None:
    history = History(study.histories, study.dates[0].grid.crs)
    at_date = history.observations["date"] == "2013"
    first = history.observations[at_date].iloc[[0]]
    healed = first.assign(landslide_id=999, state="healed", geometry=first.buffer(50))
    history.observations = pd.concat([healed, history.observations], ignore_index=True)
    frame = gpd.GeoDataFrame(geometry=first.buffer(20), crs=first.crs)
    assert history.describe(frame, "2013")["landslide_id"].tolist() == [
        first["landslide_id"].iloc[0]
    ]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_polygon_is_of_the_history_with_most_of_its_ground(
    study: FinishedStudy, order: tuple[int, int]
) -> None:
    history = History(study.histories, study.dates[0].grid.crs)
    first = history.observations[history.observations["date"] == "2013"].iloc[[0]]
    left, bottom, right, top = first.total_bounds
    whole = shapely.box(left, bottom, right, top)
    parts = [
        first.assign(landslide_id=number, geometry=[shapely.box(west, bottom, east, top)])
        for number, west, east in (
            (901, left, left + 0.7 * (right - left)),
            (902, left + 0.7 * (right - left), right),
        )
    ]
    history.observations = pd.concat([parts[each] for each in order], ignore_index=True)
    frame = gpd.GeoDataFrame(geometry=[whole], crs=first.crs)
    assert history.describe(frame, "2013")["landslide_id"].tolist() == [901]


def test_a_date_without_a_landslide_has_no_history_either(study: FinishedStudy) -> None:
    history = History(study.histories, study.dates[0].grid.crs)
    none = read_predicted(study.dates[0].inventory, study.dates[0].grid.crs)[:0]
    described = history.describe(none, "2013")
    assert list(described)[-3:] == ["landslide_id", "occurrence_confidence", "geometry"]
    assert history.intervals(described) == {"occurred_after": [], "occurred_by": []}


def test_histories_of_an_earlier_version_are_refused(tmp_path: Path, study: FinishedStudy) -> None:
    frame = read_predicted(study.dates[0].inventory, study.dates[0].grid.crs)
    path = tmp_path / "data/lifecycle/landslides.gpkg"
    path.parent.mkdir(parents=True)
    write_inventory(frame, path)
    with pytest.raises(SlidelensError, match="layer observations of .*dvc repro lifecycle"):
        History(path, frame.crs)


def test_histories_in_another_crs_are_refused(study: FinishedStudy) -> None:
    with pytest.raises(
        SlidelensError, match="in EPSG:32645, not EPSG:32644; .*dvc repro lifecycle"
    ):
        History(study.histories, CRS.from_epsg(32644))


def test_an_inventory_apart_from_the_map_is_refused(tmp_path: Path, study: FinishedStudy) -> None:
    away = [shapely.box(0, 0, 50, 50)]
    dated = replace(study.dates[0], manual=write_shapes(tmp_path / "manual.gpkg", away))
    with pytest.raises(SlidelensError, match="manual.gpkg lies apart from the map of 2013; check"):
        write_manual(dated, tmp_path / "out.gpkg")
    dated = replace(dated, inventory=write_shapes(tmp_path / "inventory.gpkg", away))
    history = History(study.histories, dated.grid.crs)
    with pytest.raises(SlidelensError, match="inventory.gpkg lies apart from the map of 2013"):
        write_date(dated, history, "", tmp_path / "out.gpkg")
