"""Landslides traced through dated inventories."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely

from slidelens.analysis.lifecycle.rules import LifecycleRules
from slidelens.analysis.lifecycle.tracking import trace
from slidelens.api.histories import trace_landslides
from slidelens.api.inputs.dates import dated_paths
from slidelens.errors import GridError, InventoryError, OutputError, ParamsError
from slidelens.geo.vectors.inventory import read_inventory, write_layers
from support.inventories.histories import HERE, SOUTH, THERE, WEST, saved, square


def numbers(*files: Path, **options: Any) -> dict[str, Any]:
    return trace_landslides(dated_paths(files), **options).to_dict()


def test_mixed_crs_geographic_and_no_area_field(tmp_path: Path) -> None:
    files = [
        saved(tmp_path / name, HERE, THERE, epsg=epsg)
        for name, epsg in (("2013.gpkg", 32645), ("2014.geojson", 4326), ("2015.shp", 32644))
    ]
    values = numbers(*files)
    assert [values["dates"][date]["persistent"] for date in values["dates"]] == [0, 2, 2]
    assert values["crs"] == "EPSG:32645"
    # back from another CRS, outlines are a millimetre off, which changes no state
    assert values["dates"]["2014"]["area_m2"] == pytest.approx(20_000, abs=1)


def test_all_geographic_go_to_utm(tmp_path: Path) -> None:
    files = [saved(tmp_path / f"{year}.gpkg", HERE, epsg=4326) for year in (2013, 2014)]
    assert numbers(*files)["crs"] == "EPSG:32645"


def test_a_later_date_in_another_crs_moves_nothing(tmp_path: Path) -> None:
    files = [
        saved(tmp_path / "2013.gpkg", HERE, THERE, epsg=4326),
        saved(tmp_path / "2014.gpkg", HERE, epsg=4326),
    ]
    before = numbers(*files)["dates"]
    after = numbers(*files, saved(tmp_path / "2015.gpkg", THERE, epsg=32644))["dates"]
    assert {date: after[date] for date in before} == before


def test_frames_in_any_order_of_dates() -> None:
    frame = gpd.GeoDataFrame(geometry=[HERE], crs=32645)
    histories = trace_landslides({"2015": frame, "2013": frame})
    assert histories.ledger["date"].tolist() == ["2013", "2015"]
    assert repr(histories) == "<Histories of 1 landslide, 2013, 2015>"
    assert "<tr><th>2013</th><td>1</td><td>0</td>" in histories._repr_html_()


def test_empty_dates_and_a_single_date(tmp_path: Path) -> None:
    empty, full = saved(tmp_path / "2013.gpkg"), saved(tmp_path / "2014.gpkg", HERE)
    assert numbers(empty, full)["dates"]["2014"]["new"] == 1
    assert numbers(full)["landslides"] == 1
    nothing = numbers(empty)
    assert nothing["landslides"] == 0
    assert nothing["recovery"]["half_life_years"] is None


def test_inventories_of_what_is_new_are_suspected(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    files = [saved(tmp_path / "2013.gpkg", HERE), saved(tmp_path / "2014.gpkg", THERE)]
    numbers(*files)
    assert (
        "hardly any is mapped again (0.0 % in 2014); "
        "if the inventories hold only what is new, give LifecycleRules(increments=True)"
        in caplog.text
    )
    caplog.clear()
    numbers(*files, rules=LifecycleRules(increments=True))
    numbers(files[0], saved(tmp_path / "2015.gpkg", HERE, THERE))
    assert "--increments" not in caplog.text


def test_what_is_new_may_lie_on_ground_of_any_earlier_date(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    row = [square(200 * column, 0) for column in range(30)]
    files = [
        saved(tmp_path / "2009.gpkg", *row[:20]),
        saved(tmp_path / "2011.gpkg", *row[20:]),
        saved(tmp_path / "2013.gpkg", *row[:12]),
    ]
    numbers(*files)
    assert "mapped again (0.0 % in 2011, 0.0 % in 2013); if the inventories" in caplog.text


def test_only_seen_ground_heals(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    files = [
        saved(tmp_path / "2013.gpkg", HERE, THERE, square(3000, 0)),
        saved(tmp_path / "2014.gpkg", HERE),
    ]
    west = saved(tmp_path / "west.gpkg", square(-500, -500, 2000))
    assert numbers(*files)["dates"]["2014"]["healed"] == 2
    assert (
        "nothing says what ground 2014 covers, so all of it is taken as seen: 2 landslides count "
        "as healed, 2 of them beyond the extent of its polygons" in caplog.text
    )
    caplog.clear()
    for given in ({"observed": {"2014": west}}, {"area": west}):
        row = numbers(*files, **given)["dates"]["2014"]
        assert (row["healed"], row["unobserved"]) == (1, 1)
    both = {"observed": {"2014": saved(tmp_path / "s.gpkg", square(-500, -500, 1000))}}
    assert numbers(*files, area=west, **both)["dates"]["2014"]["unobserved"] == 2
    assert "nothing says what ground 2014 covers" in caplog.text  # of the area alone
    caplog.clear()
    numbers(*files, area=west, **both)
    assert "nothing says" not in caplog.text


def test_observed_ground_that_is_given_goes_before_that_of_the_inventory(tmp_path: Path) -> None:
    before = saved(tmp_path / "2013.gpkg", HERE, THERE)
    landslides, mapped = (
        gpd.GeoDataFrame(geometry=[shape], crs=32645) for shape in (HERE, square(-500, -500, 2000))
    )
    write_layers({"landslides": landslides, "mapped": mapped}, tmp_path / "2014.gpkg")
    files = before, tmp_path / "2014.gpkg"
    row = numbers(*files)["dates"]["2014"]
    assert (row["healed"], row["unobserved"]) == (1, 0)
    west = saved(tmp_path / "west.gpkg", square(-500, -500, 1000))
    row = numbers(*files, observed={"2014": west})["dates"]["2014"]
    assert (row["healed"], row["unobserved"]) == (0, 1)


def test_observed_ground_that_is_none_or_elsewhere(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    files = [saved(tmp_path / f"{year}.gpkg", HERE) for year in (2013, 2014)]
    numbers(*files, observed={"2014": saved(tmp_path / "none.gpkg")})
    assert "none.gpkg holds no ground: nothing of 2014 is taken as seen" in caplog.text
    far = saved(tmp_path / "far.gpkg", square(900_000, 0))
    with pytest.raises(InventoryError, match=r"far.gpkg lie 900 km apart; check their CRSs"):
        numbers(*files, observed={"2014": far})


def test_an_area_without_any_landslide_is_refused(tmp_path: Path) -> None:
    files = [saved(tmp_path / f"{year}.gpkg", HERE) for year in (2013, 2014)]
    for east_m in (50_000, 5_000_000):
        elsewhere = saved(tmp_path / "elsewhere.gpkg", square(east_m, 0))
        with pytest.raises(
            InventoryError, match=r"none of 2 landslides lies in elsewhere\.gpkg; check its CRS"
        ):
            numbers(*files, area=elsewhere)
    empty = [saved(tmp_path / f"{year}.gpkg") for year in (2015, 2016)]
    assert numbers(*empty, area=elsewhere)["landslides"] == 0


def test_a_dissolved_layer_is_no_inventory(tmp_path: Path) -> None:
    many = shapely.MultiPolygon([square(200 * column, 0) for column in range(201)])
    files = [saved(tmp_path / "2013.gpkg", HERE), saved(tmp_path / "2014.gpkg", HERE, many)]
    with pytest.raises(InventoryError, match=r"row 1 of .*2014.gpkg holds 201 polygons"):
        numbers(*files)


def test_evolution_recovery_and_path_dependency(tmp_path: Path) -> None:
    grown = shapely.union(HERE, square(0, 100))  # on the northern side of HERE: twice its area
    values = numbers(
        saved(tmp_path / "2013.gpkg", HERE, THERE),
        saved(tmp_path / "2014.gpkg", grown),
        saved(tmp_path / "2015.gpkg", grown, THERE),
    )
    evolution = values["evolution"]
    assert [evolution[date]["new_m2"] for date in evolution] == pytest.approx([20_000, 10_000, 0])
    assert [evolution[date]["healed_m2"] for date in evolution] == pytest.approx([0, 10_000, 0])
    assert [evolution[date]["reactivated_m2"] for date in evolution] == pytest.approx(
        [0, 0, 10_000]
    )
    # 10 000 of 20 000 m² stood for a year and healed, 20 000 of 20 000 m² lasted the next: a
    # half-life of ln 2 / ln (4/3) years
    assert values["recovery"]["half_life_years"] == pytest.approx(
        np.log(2) / np.log(4 / 3), rel=1e-3
    )
    # the growth of 2014 touches the failure of 2013
    (first, *_) = values["path_dependency"]
    assert (first["years_since"], first["following"]) == (1, 1)
    assert first["ratio"] > 1


def test_invalid_polygons_are_repaired_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    bowtie = shapely.Polygon(
        [(WEST, SOUTH), (WEST + 100, SOUTH + 100), (WEST + 100, SOUTH), (WEST, SOUTH + 100)]
    )
    values = numbers(saved(tmp_path / "2013.gpkg", bowtie))
    assert values["dates"]["2013"]["area_m2"] == pytest.approx(5000)
    assert "1 invalid polygon repaired" in caplog.text


def test_across_the_antimeridian() -> None:
    wide = gpd.GeoDataFrame(geometry=[shapely.box(-179.99, 10, 179.99, 10.01)], crs=4326)
    with pytest.raises(InventoryError, match="2013 crosses the antimeridian"):
        trace_landslides({"2013": wide})


class TestRefused:
    def test_inventories_without_dates(self) -> None:
        with pytest.raises(InventoryError, match="inventories must be given by date, like"):
            trace_landslides(["2013.gpkg"])  # type: ignore[arg-type]

    def test_no_inventory(self) -> None:
        with pytest.raises(InventoryError, match="there is no inventory to trace"):
            trace_landslides({})

    def test_observed_of_no_date(self, tmp_path: Path) -> None:
        file = saved(tmp_path / "2013.gpkg", HERE)
        with pytest.raises(
            ParamsError, match=r"\(--observed\) names 2015, which is none of the dates 2013"
        ):
            numbers(file, observed={"2015": file})

    def test_crs(self, tmp_path: Path) -> None:
        file = saved(tmp_path / "2013.gpkg", HERE)
        with pytest.raises(GridError, match=r"crs \(--crs\) is nonsense, which is no CRS"):
            numbers(file, crs="nonsense")
        with pytest.raises(GridError, match="EPSG:4326 is not in metres"):
            numbers(file, crs="EPSG:4326")

    def test_output(self, tmp_path: Path) -> None:
        file = saved(tmp_path / "2013.gpkg", HERE)
        histories = trace_landslides({"2013": file})
        with pytest.raises(OutputError, match="cannot write"):
            histories.save(file / "o.gpkg")
        with pytest.raises(OutputError, match=r"o.shp would hold a GeoPackage"):
            histories.save(tmp_path / "o.shp")


def test_the_file_holds_styles_by_state_for_qgis(tmp_path: Path) -> None:
    trace_landslides({"2013": saved(tmp_path / "2013.gpkg", HERE)}).save(tmp_path / "o.gpkg")
    styles = pyogrio.read_dataframe(tmp_path / "o.gpkg", layer="layer_styles")
    assert styles["f_table_name"].tolist() == ["observations", "landslides", "edges"]
    assert 'attr="state"' in styles["styleQML"][0]


class TestReal:
    """Inventories of Bhuyan et al.: later years hold mostly what is new since the year before."""

    @pytest.mark.long
    def test_nepal(self, real_data: Path, caplog: pytest.LogCaptureFixture) -> None:
        folder = real_data / "inventories" / "nepal"
        values = numbers(*sorted(folder.glob("*.gpkg")))
        dates = values["dates"]
        assert values["polygons"] == 35 + 21 + 98 + 28 + 18 + 12 + 24
        # counted once with shapely's unions, polygon by polygon
        assert [row["touching_earlier"] for row in dates.values()] == [0, 3, 11, 19, 8, 1, 6]
        assert [row["on_earlier_ground"] for row in dates.values()] == [0, 3, 1, 7, 5, 1, 5]
        assert "mapped again (3.5 % in 2014, 0.7 % in 2015, 0.5 % in 2016, 0.0 % in" in caplog.text
        for date, row in dates.items():
            polygons = read_inventory(folder / f"{date}.gpkg").geometry.to_numpy()
            assert row["area_m2"] == pytest.approx(shapely.union_all(polygons).area, abs=0.1)
            assert row["carried_over_m2"] + row["new_m2"] - row["healed_m2"] == pytest.approx(
                row["area_m2"], abs=1e-6
            )

    def test_papua_new_guinea(self, real_data: Path) -> None:
        files = sorted((real_data / "inventories" / "png").glob("*.gpkg"))
        ledger = trace(
            {path.stem: read_inventory(path).geometry.to_numpy() for path in files}
        ).ledger
        assert ledger.polygons.tolist() == [95, 1557, 75, 5]
        assert ledger.touching_earlier.tolist() == [0, 8, 8, 2]
        assert np.allclose(
            ledger.carried_over_m2 + ledger.new_m2 - ledger.healed_m2, ledger.area_m2
        )
        # one polygon of 2018 overlaps others on 401 m²
        assert ledger.raw_area_m2[1] - ledger.area_m2[1] == pytest.approx(401, abs=1)
