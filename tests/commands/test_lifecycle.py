"""`slidelens lifecycle` as a user would run it."""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely

from slidelens import cli
from slidelens.analysis.lifecycle.tracking import trace
from slidelens.commands import lifecycle
from slidelens.errors import GridError, InventoryError, OutputError, ParamsError
from slidelens.geo.vector import read_inventory, write_inventory

Capture = pytest.CaptureFixture[str]
WEST, SOUTH = 325_000, 3_110_000


def square(x: float, y: float, side: float = 100) -> shapely.Polygon:
    return shapely.box(WEST + x, SOUTH + y, WEST + x + side, SOUTH + y + side)


HERE, THERE = square(0, 0), square(1000, 0)


def saved(path: Path, *shapes: shapely.Geometry, epsg: int = 32645, **columns: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    frame = gpd.GeoDataFrame(columns, geometry=list(shapes), crs=32645).to_crs(epsg)
    if path.suffix == ".gpkg":
        write_inventory(frame, path)
    else:
        frame.to_file(path)
    return path


def run(*arguments: object) -> int:
    parser = argparse.ArgumentParser()
    lifecycle.add_parser(parser.add_subparsers())
    parsed = parser.parse_args(["lifecycle", *map(str, arguments)])
    return int(parsed.run(parsed))


def printed(capsys: Capture, *arguments: object) -> dict[str, Any]:
    assert run(*arguments) == 0
    return json.loads(capsys.readouterr().out)


def test_json_and_layers(tmp_path: Path, capsys: Capture) -> None:
    files = [saved(tmp_path / "2013.gpkg", HERE, THERE), saved(tmp_path / "2014.gpkg", HERE)]
    found = printed(capsys, *files, "-o", tmp_path / "out.gpkg")
    assert found["landslides"] == 2
    assert found["polygons"] == 3
    states = {
        "new": 0,
        "expanded": 0,
        "reactivated": 0,
        "persistent": 1,
        "shrinking": 0,
        "healed": 1,
        "unobserved": 0,
    }
    areas = {"area_m2": 10_000, "carried_over_m2": 20_000, "new_m2": 0, "healed_m2": 10_000}
    assert {name: found["dates"]["2014"][name] for name in (*states, *areas)} == pytest.approx(
        states | areas
    )
    observations = pyogrio.read_dataframe(tmp_path / "out.gpkg", layer="observations")
    assert {"landslide_id", "date", "state", "area_m2"} <= set(observations.columns)
    assert observations.state.tolist() == ["new", "new", "persistent", "healed"]
    assert len(pyogrio.read_dataframe(tmp_path / "out.gpkg", layer="landslides")) == 2
    assert len(pyogrio.read_dataframe(tmp_path / "out.gpkg", layer="edges")) == 0


def test_any_order_of_files(tmp_path: Path, capsys: Capture) -> None:
    files = [saved(tmp_path / f"{year}.gpkg", HERE) for year in (2015, 2013, 2014)]
    assert list(printed(capsys, *files, "-o", tmp_path / "out.gpkg")["dates"]) == [
        "2013",
        "2014",
        "2015",
    ]


def test_mixed_crs_geographic_and_no_area_field(tmp_path: Path, capsys: Capture) -> None:
    files = [
        saved(tmp_path / name, HERE, THERE, epsg=epsg)
        for name, epsg in (("2013.gpkg", 32645), ("2014.geojson", 4326), ("2015.shp", 32644))
    ]
    found = printed(capsys, *files, "-o", tmp_path / "out.gpkg")
    assert [found["dates"][date]["persistent"] for date in found["dates"]] == [0, 2, 2]
    assert found["crs"] == "EPSG:32645"
    # back from another CRS, outlines are a millimetre off, and the states know nothing of it
    assert found["dates"]["2014"]["area_m2"] == pytest.approx(20_000, abs=1)


def test_an_inventory_far_away_is_refused(tmp_path: Path, capsys: Capture) -> None:
    """The same coordinates in the neighbouring zone lie about 590 km off."""
    files = [saved(tmp_path / "2013.gpkg", HERE), saved(tmp_path / "2014.gpkg")]
    far = tmp_path / "2015.gpkg"
    pyogrio.read_dataframe(files[0]).set_crs("EPSG:32644", allow_override=True).to_file(far)
    assert (
        cli.main(["lifecycle", *map(str, files), str(far), "-o", str(tmp_path / "out.gpkg")]) == 2
    )
    assert re.search(
        r"2013.gpkg and .*2015.gpkg lie \d+ km apart; check their CRSs", capsys.readouterr().err
    )
    assert not (tmp_path / "out.gpkg").exists()


def test_all_geographic_go_to_utm(tmp_path: Path, capsys: Capture) -> None:
    files = [saved(tmp_path / f"{year}.gpkg", HERE, epsg=4326) for year in (2013, 2014)]
    assert printed(capsys, *files, "-o", tmp_path / "out.gpkg")["crs"] == "EPSG:32645"


def test_a_later_date_in_another_crs_moves_nothing(tmp_path: Path, capsys: Capture) -> None:
    files = [
        saved(tmp_path / "2013.gpkg", HERE, THERE, epsg=4326),
        saved(tmp_path / "2014.gpkg", HERE, epsg=4326),
    ]
    before = printed(capsys, *files, "-o", tmp_path / "out.gpkg")["dates"]
    after = printed(
        capsys,
        *files,
        saved(tmp_path / "2015.gpkg", THERE, epsg=32644),
        "-o",
        tmp_path / "out.gpkg",
    )["dates"]
    assert {date: after[date] for date in before} == before


def test_wanted_crs(tmp_path: Path, capsys: Capture) -> None:
    found = printed(
        capsys,
        saved(tmp_path / "2013.gpkg", HERE),
        "--crs",
        "EPSG:32644",
        "-o",
        tmp_path / "out.gpkg",
    )
    assert found["crs"] == "EPSG:32644"
    assert read_inventory(tmp_path / "out.gpkg", "landslides").crs == "EPSG:32644"


def test_labels_from_folders(tmp_path: Path, capsys: Capture) -> None:
    files = [saved(tmp_path / str(year) / "inventory.gpkg", HERE) for year in (2014, 2013)]
    assert list(printed(capsys, *files, "-o", tmp_path / "out.gpkg")["dates"]) == ["2013", "2014"]


def test_given_dates(tmp_path: Path, capsys: Capture) -> None:
    files = [saved(tmp_path / "b.gpkg", HERE), saved(tmp_path / "a.gpkg", HERE)]
    assert list(
        printed(capsys, *files, "-o", tmp_path / "o.gpkg", "--dates", "2016", "2015")["dates"]
    ) == ["2015", "2016"]
    assert list(
        printed(capsys, *files, "-o", tmp_path / "o.gpkg", "--dates", "summer", "autumn")["dates"]
    ) == ["summer", "autumn"]


def test_empty_dates_and_a_single_date(tmp_path: Path, capsys: Capture) -> None:
    empty, full = saved(tmp_path / "2013.gpkg"), saved(tmp_path / "2014.gpkg", HERE)
    assert printed(capsys, empty, full, "-o", tmp_path / "o.gpkg")["dates"]["2014"]["new"] == 1
    assert printed(capsys, full, "-o", tmp_path / "o.gpkg")["landslides"] == 1
    nothing = printed(capsys, empty, "-o", tmp_path / "o.gpkg")
    assert nothing["landslides"] == 0
    assert nothing["recovery"]["half_life_years"] is None


def test_observed_polygons_and_increments(tmp_path: Path, capsys: Capture) -> None:
    files = [saved(tmp_path / "2013.gpkg", HERE, THERE), saved(tmp_path / "2014.gpkg", HERE)]
    seen = saved(tmp_path / "seen.gpkg", square(-500, -500, 1000), epsg=4326)
    assert (
        printed(capsys, *files, "-o", tmp_path / "o.gpkg", "--observed", f"2014={seen}")["dates"][
            "2014"
        ]["unobserved"]
        == 1
    )
    assert (
        printed(capsys, *files, "-o", tmp_path / "o.gpkg", "--increments")["dates"]["2014"][
            "unobserved"
        ]
        == 1
    )


def test_rates_per_km2_of_an_area(tmp_path: Path, capsys: Capture) -> None:
    files = [saved(tmp_path / "2013.gpkg", HERE), saved(tmp_path / "2015.gpkg", HERE, THERE)]
    area = saved(tmp_path / "aoi.gpkg", square(0, 0, 2000), epsg=4326)
    found = printed(capsys, *files, "-o", tmp_path / "o.gpkg", "--aoi", area)
    # one new landslide in two years on 4 km²
    assert found["evolution"]["2015"]["emergence_per_km2_year"] == pytest.approx(0.125, rel=1e-3)
    assert (
        printed(capsys, *files, "-o", tmp_path / "o.gpkg")["evolution"]["2015"][
            "emergence_per_km2_year"
        ]
        is None
    )


def test_inventories_of_what_is_new_are_suspected(
    tmp_path: Path, capsys: Capture, caplog: pytest.LogCaptureFixture
) -> None:
    files = [saved(tmp_path / "2013.gpkg", HERE), saved(tmp_path / "2014.gpkg", THERE)]
    printed(capsys, *files, "-o", tmp_path / "o.gpkg")
    assert (
        "only 0 of 1 polygons after 2013 lie on earlier landslide ground; if the inventories hold only what is new, give --inc"
        in caplog.text
    )
    caplog.clear()
    printed(capsys, *files, "-o", tmp_path / "o.gpkg", "--increments")
    printed(capsys, files[0], saved(tmp_path / "2015.gpkg", HERE, THERE), "-o", tmp_path / "o.gpkg")
    assert "--increments" not in caplog.text


def test_evolution_recovery_and_path_dependency(tmp_path: Path, capsys: Capture) -> None:
    more = square(0, 100)  # on the northern side of HERE: grown to twice its area
    files = [
        saved(tmp_path / "2013.gpkg", HERE, THERE),
        saved(tmp_path / "2014.gpkg", shapely.union(HERE, more)),
        saved(tmp_path / "2015.gpkg", shapely.union(HERE, more), THERE),
    ]
    found = printed(capsys, *files, "-o", tmp_path / "o.gpkg")
    evolution = found["evolution"]
    assert [evolution[date]["new_m2"] for date in evolution] == pytest.approx([20_000, 10_000, 0])
    assert [evolution[date]["healed_m2"] for date in evolution] == pytest.approx([0, 10_000, 0])
    assert [evolution[date]["reactivated_m2"] for date in evolution] == pytest.approx(
        [0, 0, 10_000]
    )
    # 10 000 of 20 000 m² stood for a year and healed, 20 000 of 20 000 m² lasted the next: a half-life of ln 2 / ln (4/3) years
    assert found["recovery"]["half_life_years"] == pytest.approx(
        np.log(2) / np.log(4 / 3), rel=1e-3
    )
    # the growth of 2014 touches the failure of 2013
    (first, *_) = found["path_dependency"]
    assert (first["years_since"], first["following"]) == (1, 1)
    assert first["ratio"] > 1


def test_tolerance_and_thresholds(tmp_path: Path, capsys: Capture) -> None:
    files = [
        saved(tmp_path / "2013.gpkg", square(0, 0, 10)),
        saved(tmp_path / "2014.gpkg", square(9, 0, 10)),
    ]
    assert printed(capsys, *files, "-o", tmp_path / "o.gpkg")["landslides"] == 1
    assert (
        printed(capsys, *files, "-o", tmp_path / "o.gpkg", "--tolerance-m", "0")["landslides"] == 2
    )
    assert (
        printed(
            capsys,
            *files,
            "-o",
            tmp_path / "o.gpkg",
            "--tolerance-m",
            "0",
            "--minimum-overlap",
            "0.1",
        )["landslides"]
        == 1
    )


def test_invalid_polygons_are_repaired_with_a_warning(
    tmp_path: Path, capsys: Capture, caplog: pytest.LogCaptureFixture
) -> None:
    bow = shapely.Polygon(
        [(WEST, SOUTH), (WEST + 100, SOUTH + 100), (WEST + 100, SOUTH), (WEST, SOUTH + 100)]
    )
    found = printed(capsys, saved(tmp_path / "2013.gpkg", bow), "-o", tmp_path / "o.gpkg")
    assert found["dates"]["2013"]["area_m2"] == pytest.approx(5000)
    assert "1 invalid polygons repaired" in caplog.text


def test_across_the_antimeridian(tmp_path: Path) -> None:
    wide = gpd.GeoDataFrame(geometry=[shapely.box(-179.99, 10, 179.99, 10.01)], crs=4326)
    write_inventory(wide, tmp_path / "2013.gpkg")
    with pytest.raises(InventoryError, match=r"2013.gpkg crosses the antimeridian"):
        run(tmp_path / "2013.gpkg", "-o", tmp_path / "o.gpkg")
    assert not (tmp_path / "o.gpkg").exists()


class TestRefused:
    def test_names_that_tell_no_date(self, tmp_path: Path) -> None:
        files = [saved(tmp_path / name, HERE) for name in ("a.gpkg", "b.gpkg")]
        with pytest.raises(
            InventoryError, match="the names a, b do not tell the dates; .* give --dates"
        ):
            run(*files, "-o", tmp_path / "o.gpkg")

    def test_two_of_a_date(self, tmp_path: Path) -> None:
        files = [
            saved(tmp_path / "a" / "2013.gpkg", HERE),
            saved(tmp_path / "b" / "2013.gpkg", HERE),
            saved(tmp_path / "2014.gpkg", HERE),
        ]
        with pytest.raises(InventoryError, match="two inventories are of 2013"):
            run(*files, "-o", tmp_path / "o.gpkg")

    def test_more_files_than_dates(self, tmp_path: Path) -> None:
        with pytest.raises(InventoryError, match="there are 1 inventories and 2 dates"):
            run(
                saved(tmp_path / "2013.gpkg", HERE),
                "-o",
                tmp_path / "o.gpkg",
                "--dates",
                "2013",
                "2014",
            )

    def test_observed_of_no_date(self, tmp_path: Path) -> None:
        file = saved(tmp_path / "2013.gpkg", HERE)
        with pytest.raises(
            ParamsError, match="--observed names 2015, which is none of the dates 2013"
        ):
            run(file, "-o", tmp_path / "o.gpkg", "--observed", f"2015={file}")
        with pytest.raises(ParamsError, match="give it as DATE=FILE"):
            run(file, "-o", tmp_path / "o.gpkg", "--observed", file)

    def test_crs(self, tmp_path: Path) -> None:
        file = saved(tmp_path / "2013.gpkg", HERE)
        with pytest.raises(GridError, match="--crs is nonsense, which is no CRS"):
            run(file, "-o", tmp_path / "o.gpkg", "--crs", "nonsense")
        with pytest.raises(GridError, match="EPSG:4326 is not in metres"):
            run(file, "-o", tmp_path / "o.gpkg", "--crs", "EPSG:4326")

    def test_rules(self, tmp_path: Path) -> None:
        with pytest.raises(ParamsError, match="minimum_overlap is 2"):
            run(
                saved(tmp_path / "2013.gpkg", HERE),
                "-o",
                tmp_path / "o.gpkg",
                "--minimum-overlap",
                "2",
            )

    def test_output(self, tmp_path: Path) -> None:
        file = saved(tmp_path / "2013.gpkg", HERE)
        with pytest.raises(OutputError, match="cannot write"):
            run(file, "-o", file / "o.gpkg")
        with pytest.raises(
            OutputError, match=r"o.shp cannot hold three layers; give a file ending in .gpkg"
        ):
            run(file, "-o", tmp_path / "o.shp")


class TestReal:
    """Inventories of Bhuyan et al.: the later years hold mostly what is new since the year before."""

    def test_nepal(
        self, real_data: Path, tmp_path: Path, capsys: Capture, caplog: pytest.LogCaptureFixture
    ) -> None:
        found = printed(
            capsys,
            *sorted((real_data / "inventories" / "nepal").glob("*.gpkg")),
            "-o",
            tmp_path / "o.gpkg",
        )
        dates = found["dates"]
        assert found["polygons"] == 35 + 21 + 98 + 28 + 18 + 12 + 24
        # counted once with shapely's unions, polygon by polygon
        assert [row["touching_earlier"] for row in dates.values()] == [0, 3, 11, 19, 8, 1, 6]
        assert [row["on_earlier_ground"] for row in dates.values()] == [0, 3, 1, 7, 5, 1, 5]
        assert "only 22 of 201 polygons after 2013 lie on earlier landslide ground" in caplog.text
        for date, row in dates.items():
            ground = shapely.union_all(
                read_inventory(
                    real_data / "inventories" / "nepal" / f"{date}.gpkg"
                ).geometry.to_numpy()
            )
            assert row["area_m2"] == pytest.approx(ground.area, abs=0.1)
            assert row["carried_over_m2"] + row["new_m2"] - row["healed_m2"] == pytest.approx(
                row["area_m2"], abs=1e-6
            )

    def test_papua_new_guinea(self, real_data: Path) -> None:
        files = sorted((real_data / "inventories" / "png").glob("*.gpkg"))
        frames = {path.stem: read_inventory(path).geometry.to_numpy() for path in files}
        life = trace(frames)
        assert life.ledger.polygons.tolist() == [95, 1557, 75, 5]
        assert life.ledger.touching_earlier.tolist() == [0, 8, 8, 2]
        assert np.allclose(
            life.ledger.carried_over_m2 + life.ledger.new_m2 - life.ledger.healed_m2,
            life.ledger.area_m2,
        )
        # one polygon of 2018 overlaps others on 401 m²
        assert life.ledger.raw_area_m2[1] - life.ledger.area_m2[1] == pytest.approx(401, abs=1)
