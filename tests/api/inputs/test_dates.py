"""Dates of files."""

from __future__ import annotations

from pathlib import Path

import pytest

from slidelens.api.inputs.dates import by_date, dated_files, dated_paths
from slidelens.errors import InventoryError, ParamsError


def paths(*names: str) -> list[Path]:
    return [Path(name) for name in names]


def test_files_are_put_in_time_order_by_name() -> None:
    assert dated_paths(paths("2015.gpkg", "2013.gpkg", "2014.gpkg")) == {
        "2013": Path("2013.gpkg"),
        "2014": Path("2014.gpkg"),
        "2015": Path("2015.gpkg"),
    }
    assert list(dated_paths(paths("2015.gpkg", "2013.gpkg"))) == ["2013", "2015"]


@pytest.mark.parametrize(
    "ordered",
    [
        ["2015_Nov", "2015_Dec"],
        ["LC08_L1TP_201024_20180823", "LC08_L1TP_192029_20220823"],
        ["20122014", "19112015"],
    ],
)
def test_names_are_read_as_dates_and_not_by_the_alphabet(ordered: list[str]) -> None:
    assert list(dated_paths(paths(*(f"{name}.gpkg" for name in reversed(ordered))))) == ordered
    assert list(dated_paths(paths("a.gpkg", "b.gpkg"), ordered[::-1])) == ordered
    assert list(by_date(dict.fromkeys(reversed(ordered), 0))) == ordered


def test_a_single_file_needs_no_date() -> None:
    assert dated_paths(paths("a.gpkg")) == {"a": Path("a.gpkg")}


def test_files_of_one_name_are_called_after_their_folders() -> None:
    dated = dated_paths(paths("2014/inventory.gpkg", "2013/inventory.gpkg"))
    assert list(dated) == ["2013", "2014"]


def test_labels_without_a_year_are_in_order() -> None:
    dated = dated_paths(paths("b.gpkg", "a.gpkg"), ["summer", "autumn"])
    assert dated == {"summer": Path("b.gpkg"), "autumn": Path("a.gpkg")}
    assert list(dated) == ["summer", "autumn"]


@pytest.mark.parametrize(
    ("names", "labels", "message"),
    [
        (["a.gpkg", "b.gpkg"], None, "the names a, b do not tell the dates; .* give --dates"),
        (["2013.gpkg"], ["2013", "2014"], "1 inventory and 2 dates are given"),
        (
            ["a/2013.gpkg", "b/2013.gpkg", "2014.gpkg"],
            None,
            "two inventories are of 2013; join them, or tell them apart with --dates",
        ),
        (["2015.gpkg", "b.gpkg"], None, "the names b do not tell the dates; .* give --dates"),
        (
            ["2015.gpkg", "2015-06.gpkg"],
            None,
            "the times of 2015 and 2015-06 overlap, .*; give --dates, such as",
        ),
        (["2015-02-30.gpkg", "2016.gpkg"], None, "Feb 2015 has no day 30; give --dates"),
        (["a.gpkg", "b.gpkg"], ["2015", "2015-06"], "--dates do not tell the order .* overlap"),
        (["a.gpkg", "b.gpkg"], ["2015_13", "2016"], "there is no month 13"),
        (["a.gpkg", "b.gpkg", "c.gpkg"], ["2016", "x", "2015"], "--dates are not in time order"),
        (["a.gpkg", "b.gpkg"], ["2015\n", "2016"], r"the date '2015\\n' cannot be printed"),
        (["a.gpkg", "b.gpkg"], ["\udcff", "2016"], "cannot be printed"),
        (["a.gpkg", "b.gpkg"], ["", "2016"], "the date '' cannot be printed"),
        (["2015.gpkg", "x/../2015.gpkg"], ["2015", "2016"], "2015.gpkg is given twice; give each"),
    ],
)
def test_labels_that_do_not_fit_are_refused(
    names: list[str], labels: list[str] | None, message: str
) -> None:
    with pytest.raises(InventoryError, match=message):
        dated_paths(paths(*names), labels)


def test_labels_in_memory(caplog: pytest.LogCaptureFixture) -> None:
    assert by_date({2016: 1, 2015: 0}) == {"2015": 0, "2016": 1}  # type: ignore[dict-item]
    assert not caplog.text
    assert list(by_date({"b": 0, "2015": 1, "a": 2})) == ["b", "2015", "a"]
    assert "b, a do not tell their dates; the order given counts: b, 2015, a" in caplog.text
    by_date({"19112015": 0, "2016": 1})
    assert "of the dates, 19112015 is 2015-11-19, with the year last" in caplog.text
    with pytest.raises(InventoryError, match="the labels do not tell the order of the dates"):
        by_date({"2015": 0, "2015-06": 1})
    with pytest.raises(InventoryError, match="two of the dates have the same label"):
        by_date({"2015": 0, 2015: 1})  # type: ignore[dict-item]


def test_files_after_an_equals_sign() -> None:
    assert dated_files(["2015=a=b.tif", "2016=c.gpkg"]) == {
        "2015": Path("a=b.tif"),
        "2016": Path("c.gpkg"),
    }
    with pytest.raises(ParamsError, match="--observed has 'c.gpkg'; give it as DATE=FILE"):
        dated_files(["c.gpkg"])
    with pytest.raises(ParamsError, match="--observed names 2015 twice, a.tif and b.tif"):
        dated_files(["2015=a.tif", "2015=b.tif"])
    with pytest.raises(ParamsError, match="give it as DATE=FILE"):
        dated_files(["2015="])


def test_a_link_to_itself_is_left_to_the_reader(tmp_path: Path) -> None:
    (tmp_path / "2013.gpkg").symlink_to("2013.gpkg")
    assert dated_paths([tmp_path / "2013.gpkg"]) == {"2013": tmp_path / "2013.gpkg"}
