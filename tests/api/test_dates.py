"""Dates of files."""

from __future__ import annotations

from pathlib import Path

import pytest

from slidelens.api.dates import dated_files, dated_paths
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
        (["2013.gpkg"], ["2013", "2014"], "there are 1 inventories and 2 dates"),
        (
            ["a/2013.gpkg", "b/2013.gpkg", "2014.gpkg"],
            None,
            "two inventories are of 2013; join them, or tell them apart with --dates",
        ),
    ],
)
def test_labels_that_do_not_fit_are_refused(
    names: list[str], labels: list[str] | None, message: str
) -> None:
    with pytest.raises(InventoryError, match=message):
        dated_paths(paths(*names), labels)


def test_files_after_an_equals_sign() -> None:
    assert dated_files(["2015=a=b.tif", "2016=c.gpkg"]) == {
        "2015": Path("a=b.tif"),
        "2016": Path("c.gpkg"),
    }
    with pytest.raises(ParamsError, match="--observed has 'c.gpkg'; give it as DATE=FILE"):
        dated_files(["c.gpkg"])
