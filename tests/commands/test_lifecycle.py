"""`slidelens lifecycle` as a user would run it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pyogrio
import pytest

from slidelens.geo.vectors.inventory import read_inventory
from support import commands
from support.inventories.histories import HERE, THERE, saved, square

Capture = pytest.CaptureFixture[str]


def printed(capsys: Capture, *arguments: object) -> dict[str, Any]:
    values: dict[str, Any] = commands.printed_json(capsys, "lifecycle", *arguments)
    return values


def refusal(capsys: Capture, *arguments: object) -> str:
    return commands.refusal(capsys, "lifecycle", *arguments)


def test_json_and_layers(tmp_path: Path, capsys: Capture) -> None:
    files = [saved(tmp_path / "2013.gpkg", HERE, THERE), saved(tmp_path / "2014.gpkg", HERE)]
    values = printed(capsys, *files, "-o", tmp_path / "out.gpkg")
    assert values["landslides"] == 2
    assert values["polygons"] == 3
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
    assert {name: values["dates"]["2014"][name] for name in (*states, *areas)} == pytest.approx(
        states | areas
    )
    observations = pyogrio.read_dataframe(tmp_path / "out.gpkg", layer="observations")
    assert {"landslide_id", "date", "state", "area_m2"} <= set(observations.columns)
    assert observations.state.tolist() == ["new", "new", "persistent", "healed"]
    assert len(pyogrio.read_dataframe(tmp_path / "out.gpkg", layer="landslides")) == 2
    assert len(pyogrio.read_dataframe(tmp_path / "out.gpkg", layer="edges")) == 0


def test_any_order_of_files(tmp_path: Path, capsys: Capture) -> None:
    files = [saved(tmp_path / f"{year}.gpkg", HERE) for year in (2015, 2013, 2014)]
    values = printed(capsys, *files, "-o", tmp_path / "out.gpkg")
    assert list(values["dates"]) == ["2013", "2014", "2015"]


def test_labels_from_folders(tmp_path: Path, capsys: Capture) -> None:
    files = [saved(tmp_path / str(year) / "inventory.gpkg", HERE) for year in (2014, 2013)]
    assert list(printed(capsys, *files, "-o", tmp_path / "o.gpkg")["dates"]) == ["2013", "2014"]


@pytest.mark.parametrize(
    ("labels", "order"),
    [
        (["--dates", "2016", "2015"], ["2015", "2016"]),
        (["--dates", "2016,2015"], ["2015", "2016"]),
        (["--dates", "summer", "--dates", "autumn"], ["summer", "autumn"]),
    ],
)
def test_given_dates(labels: list[str], order: list[str], tmp_path: Path, capsys: Capture) -> None:
    files = [saved(tmp_path / "b.gpkg", HERE), saved(tmp_path / "a.gpkg", HERE)]
    values = printed(capsys, *files, "-o", tmp_path / "o.gpkg", *labels)
    assert list(values["dates"]) == order


def test_the_order_is_that_of_the_months_in_the_names(tmp_path: Path, capsys: Capture) -> None:
    files = [saved(tmp_path / "2015_Dec.gpkg", HERE), saved(tmp_path / "2015_Nov.gpkg", HERE)]
    dates = printed(capsys, *files, "-o", tmp_path / "o.gpkg")
    assert list(dates["dates"]) == ["2015_Nov", "2015_Dec"]
    assert dates["evolution"]["2015_Dec"]["years"] == pytest.approx(1 / 12)


def test_a_chosen_crs(tmp_path: Path, capsys: Capture) -> None:
    file = saved(tmp_path / "2013.gpkg", HERE)
    values = printed(capsys, file, "--crs", "EPSG:32644", "-o", tmp_path / "out.gpkg")
    assert values["crs"] == "EPSG:32644"
    assert read_inventory(tmp_path / "out.gpkg", "landslides").crs == "EPSG:32644"


def test_observed_polygons_and_increments(tmp_path: Path, capsys: Capture) -> None:
    files = [saved(tmp_path / "2013.gpkg", HERE, THERE), saved(tmp_path / "2014.gpkg", HERE)]
    seen = saved(tmp_path / "seen.gpkg", square(-500, -500, 1000), epsg=4326)
    for options in (["--observed", f"2014={seen}"], ["--increments"]):
        values = printed(capsys, *files, "-o", tmp_path / "o.gpkg", *options)
        assert values["dates"]["2014"]["unobserved"] == 1


def test_rates_per_km2_of_an_area(tmp_path: Path, capsys: Capture) -> None:
    files = [saved(tmp_path / "2013.gpkg", HERE), saved(tmp_path / "2015.gpkg", HERE, THERE)]
    area = saved(tmp_path / "aoi.gpkg", square(0, 0, 2000), epsg=4326)
    inside = printed(capsys, *files, "-o", tmp_path / "o.gpkg", "--aoi", area)["evolution"]
    # one new landslide in two years on 4 km²
    assert inside["2015"]["emergence_per_km2_year"] == pytest.approx(0.125, rel=1e-3)
    anywhere = printed(capsys, *files, "-o", tmp_path / "o.gpkg")["evolution"]
    assert anywhere["2015"]["emergence_per_km2_year"] is None


def test_tolerance_and_thresholds(tmp_path: Path, capsys: Capture) -> None:
    files = [
        saved(tmp_path / "2013.gpkg", square(0, 0, 10)),
        saved(tmp_path / "2014.gpkg", square(9, 0, 10)),
    ]
    command = [*files, "-o", tmp_path / "o.gpkg"]
    exact = [*command, "--tolerance-m", 0]
    assert printed(capsys, *command)["landslides"] == 1
    assert printed(capsys, *exact)["landslides"] == 2
    assert printed(capsys, *exact, "--minimum-overlap", 0.1)["landslides"] == 1


def test_the_rules_of_change_arrive(tmp_path: Path, capsys: Capture) -> None:
    file = saved(tmp_path / "2013.gpkg", HERE)
    shares = ("--changed-share", 0.3, "--minimum-observed", 0.7)
    rules = printed(capsys, file, "-o", tmp_path / "o.gpkg", *shares)["rules"]
    assert (rules["changed_share"], rules["minimum_observed"]) == (0.3, 0.7)
    assert (rules["tolerance_m"], rules["minimum_overlap"], rules["increments"]) == (5, 0.25, False)


def test_an_inventory_far_away_is_refused(tmp_path: Path, capsys: Capture) -> None:
    """The same coordinates in the neighbouring zone lie about 590 km off."""
    files = [saved(tmp_path / "2013.gpkg", HERE), saved(tmp_path / "2014.gpkg")]
    far = tmp_path / "2015.gpkg"
    pyogrio.read_dataframe(files[0]).set_crs("EPSG:32644", allow_override=True).to_file(far)
    line = refusal(capsys, *files, far, "-o", tmp_path / "out.gpkg")
    assert re.search(r"2013.gpkg and .*2015.gpkg lie \d+ km apart; check their CRSs", line)
    assert not (tmp_path / "out.gpkg").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["-o", "o.gpkg", "--crs", "nonsense"], "crs (--crs) is nonsense, which is no CRS"),
        (["-o", "o.gpkg", "--crs", "EPSG:4326"], "EPSG:4326 is not in metres"),
        (["-o", "o.gpkg", "--minimum-overlap", "2"], "minimum_overlap (--minimum-overlap) is 2"),
        (["-o", "o.gpkg", "--tolerance-m", "1e300"], "(--tolerance-m) is 1e+300; give metres"),
        (["2013.gpkg", "-o", "o.gpkg", "--dates", "2013", "2014"], "2013.gpkg is given twice"),
        (["-o", "o.gpkg", "--dates", "2013", "2014"], "1 inventory and 2 dates are given"),
        (
            ["-o", "o.gpkg", "--observed", "2015=2013.gpkg"],
            "(--observed) names 2015, which is none of the dates 2013",
        ),
        (["-o", "o.gpkg", "--observed", "2013.gpkg"], "give it as DATE=FILE"),
        (["-o", "o.gpkg", "--nodata", "0"], "nodata (--nodata) has no use without observed (--obs"),
        (
            ["-o", "o.gpkg", "--increments", "--minimum-observed", "0.7"],
            "--minimum-observed has no use with --increments, where nothing heals; leave one out",
        ),
        (["-o", "2013.gpkg/o.gpkg"], "cannot write"),
        (
            ["-o", "o.shp"],
            "o.shp would hold a GeoPackage, and its name says otherwise; name it o.gpkg",
        ),
    ],
)
def test_options_that_make_no_sense_are_refused(
    options: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Capture,
) -> None:
    monkeypatch.chdir(tmp_path)
    saved(tmp_path / "2013.gpkg", HERE)
    assert message in refusal(capsys, "2013.gpkg", *options)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["2013.gpkg"]


def test_names_without_dates_are_refused(tmp_path: Path, capsys: Capture) -> None:
    files = [saved(tmp_path / name, HERE) for name in ("a.gpkg", "b.gpkg")]
    line = refusal(capsys, *files, "-o", tmp_path / "o.gpkg")
    assert re.search("the names a, b do not tell the dates; .* give --dates", line)


def test_a_missing_file_is_said_before_its_name(tmp_path: Path, capsys: Capture) -> None:
    first = saved(tmp_path / "2013.gpkg", HERE)
    line = refusal(capsys, first, tmp_path / "nope.gpkg", "-o", tmp_path / "o.gpkg")
    assert re.search(r"there is no inventory .*nope\.gpkg; check the path", line)
