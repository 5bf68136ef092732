"""Scenes of STAC catalogues that lie in files."""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from slidelens.api.mapping.scenes import find_scenes
from slidelens.errors import ParamsError, SceneError

pystac = pytest.importorskip("pystac", reason="pystac is in the extra `stac`")
TIF = "image/tiff; application=geotiff"


def item(name: str, **assets: Any) -> Any:
    made = pystac.Item(name, None, None, dt.datetime(2016, 5, 4, tzinfo=dt.UTC), {})
    for key, (href, kind, roles) in assets.items():
        made.add_asset(key, pystac.Asset(href, media_type=kind, roles=roles))
    return made


def save(folder: Path, *items: Any) -> Path:
    """Write a catalogue with a collection of items, as pystac lays them out."""
    extent = pystac.Extent(
        pystac.SpatialExtent([[85, 28, 86, 29]]),
        pystac.TemporalExtent([[dt.datetime(2016, 1, 1, tzinfo=dt.UTC), None]]),
    )
    catalogue = pystac.Catalog("root", "a catalogue")
    collection = pystac.Collection("year", "a year", extent)
    catalogue.add_child(collection)
    collection.add_items(items)
    catalogue.normalize_and_save(str(folder), pystac.CatalogType.SELF_CONTAINED)
    return folder


def test_the_items_of_a_catalogue_are_its_scenes(tmp_path: Path) -> None:
    folder = save(
        tmp_path / "stac",
        item("first", data=("./first.tif", TIF, ["data"]), preview=("a.png", "image/png", None)),
        item("second", image=("../my%20scene.tif", None, None), meta=("meta.xml", None, None)),
        item("third", B=("https://data.invalid/b.tif?sig=1", TIF, None)),
    )
    (folder / "year/my scene.tif").touch()
    found = {each.name: each for each in find_scenes([folder])}
    assert list(found) == ["first", "second", "third"]
    assert found["first"].address == str(folder / "year/first/./first.tif").replace("/./", "/")
    assert Path(found["second"].address).samefile(folder / "year/my scene.tif")
    assert found["third"].address == "/vsicurl/https://data.invalid/b.tif?sig=1"
    assert {each.date for each in found.values()} == {"2016-05-04"}
    assert find_scenes([folder / "year/collection.json"]) == list(found.values())
    (one,) = find_scenes([folder / "year/first/first.json"])
    assert one.address == found["first"].address


def test_an_image_of_a_period_has_its_first_and_last_day(tmp_path: Path) -> None:
    year = item("year", data=("a.tif", TIF, ["data"]))
    year.datetime = None
    year.common_metadata.start_datetime = dt.datetime(2016, 1, 1, tzinfo=dt.UTC)
    year.common_metadata.end_datetime = dt.datetime(2016, 12, 31, 23, 59, tzinfo=dt.UTC)
    day = item("day", data=("b.tif", TIF, ["data"]))
    day.datetime = None
    day.common_metadata.start_datetime = dt.datetime(2016, 5, 4, tzinfo=dt.UTC)
    day.common_metadata.end_datetime = dt.datetime(2016, 5, 4, 23, 59, tzinfo=dt.UTC)
    found = find_scenes([save(tmp_path / "stac", year, day)])
    assert [each.date for each in found] == ["2016-01-01/2016-12-31", "2016-05-04"]


def test_networks_are_no_scenes(tmp_path: Path) -> None:
    network = item("weights", model=("w.h5", "application/x-hdf5", ["mlm:model"]))
    folder = save(tmp_path / "stac", network, item("a", data=("a.tif", TIF, ["data"])))
    assert [each.name for each in find_scenes([folder])] == ["a"]


def test_an_item_whose_scene_cannot_be_told_is_a_problem_of_its_own(tmp_path: Path) -> None:
    bands = {name: (f"{name}.tif", TIF, ["data"]) for name in ("red", "nir")}
    folder = save(
        tmp_path / "stac", item("bands", **bands), item("s3", data=("s3://a/b.tif", TIF, ["data"]))
    )
    bands_of, elsewhere = find_scenes([folder])
    assert bands_of.problem is not None
    assert (
        "which of its assets is the scene (red, nir)? name one with asset (--asset)"
        in bands_of.problem
    )
    assert elsewhere.problem is not None
    assert "lies at s3://…, and only files and http(s) addresses" in elsewhere.problem
    chosen, lacks = find_scenes([folder], asset="nir")
    assert chosen.address.endswith("/nir.tif")
    assert lacks.problem == "item s3 has no asset nir (--asset), only data"


def test_an_item_without_assets_is_told(tmp_path: Path) -> None:
    (empty,) = find_scenes([save(tmp_path / "stac", item("a"))])
    assert empty.problem == "item a has no asset; give one that links to its image"


def test_links_in_circles_and_to_nowhere_end(tmp_path: Path) -> None:
    folder = save(tmp_path / "stac", item("a", data=("a.tif", TIF, None)))
    path = folder / "catalog.json"
    values = json.loads(path.read_text())
    for target in ("./catalog.json", "./gone.json", "https://data.invalid/catalog.json"):
        values["links"].append({"rel": "child", "href": target})
    path.write_text(json.dumps(values))
    scene, gone, remote = find_scenes([folder])
    assert scene.name == "a"
    assert gone.problem is not None
    assert "gone.json: No such file or directory" in gone.problem
    assert remote.problem is not None
    assert "is not on this machine" in remote.problem


def test_a_hostile_id_is_a_name_in_the_output(tmp_path: Path) -> None:
    made = item("../../../tmp/x", data=("a.tif", TIF, None))
    (tmp_path / "item.json").write_text(json.dumps(made.to_dict(include_self_link=False)))
    (found,) = find_scenes([tmp_path / "item.json"])
    assert found.name == "tmp_x"


def test_two_items_of_one_name_are_refused(tmp_path: Path) -> None:
    for name in ("a", "b"):
        made = item("same", data=("a.tif", TIF, None))
        (tmp_path / f"{name}.json").write_text(json.dumps(made.to_dict(include_self_link=False)))
    with pytest.raises(ParamsError, match=r"a.json \(same\) and .*b.json \(same\)"):
        find_scenes([tmp_path / "a.json", tmp_path / "b.json"])


@pytest.mark.parametrize("text", ["{}", "[1]", '{"type": "Feature"}', "no json", "null"])
def test_what_is_no_stac_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(SceneError, match="is no STAC catalogue, collection or item"):
        find_scenes([tmp_path / "a.json"])


def test_the_result_of_a_search_is_read(tmp_path: Path) -> None:
    items = [item(name, data=(f"{name}.tif", TIF, None)).to_dict() for name in ("a", "b")]
    text = json.dumps({"type": "FeatureCollection", "features": items})
    (tmp_path / "found.json").write_text(text)
    found = find_scenes([tmp_path / "found.json"])
    assert [each.address for each in found] == [str(tmp_path / f"{name}.tif") for name in "ab"]


def test_without_pystac_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "catalog.json").write_text("{}")
    monkeypatch.setitem(sys.modules, "pystac", None)
    with pytest.raises(ParamsError, match=r"pip install 'slidelens\[stac\]'"):
        find_scenes([tmp_path])
