"""Catalogues that are damaged, endless or unreachable are told in a line that names the file."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from slidelens.errors import SceneError
from slidelens.fetching.catalogues.catalogue import open_catalogue
from slidelens.geo.grid import Bounds
from support.stac.catalogues import COLLECTION, Picture, write_catalogue
from support.stac.server import stac_server

JAPAN: Bounds = (143.0, 42.0, 145.0, 44.0)
PICTURE = Picture("2018-09-16", "S2A")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_catalogue(tmp_path / "stac", PICTURE)


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What would have been waited, seconds."""
    waited: list[float] = []
    monkeypatch.setattr(time, "sleep", waited.append)
    return waited


def search(place: object) -> list[str]:
    found = open_catalogue(str(place)).search(COLLECTION, JAPAN, None)
    return [item.id for item in found]


def error(place: object) -> str:
    with pytest.raises(SceneError) as raised:
        search(place)
    return str(raised.value)


def change(path: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    values = json.loads(path.read_text())
    edit(values)
    path.write_text(json.dumps(values))


@pytest.mark.parametrize("text", ["", "{", "hello", '{"a": NaN}'])
@pytest.mark.parametrize("name", ["catalog.json", f"{COLLECTION}.json", "S2A.json"])
def test_broken_json_is_named_and_not_read_again(
    folder: Path, waits: list[float], name: str, text: str
) -> None:
    (folder / name).write_text(text)
    assert f"{folder / name}: it is no JSON; check the path (--catalog)" in error(folder)
    assert waits == []


def test_an_image_is_no_catalogue(tmp_path: Path) -> None:
    (tmp_path / "a.tif").write_bytes(b"II*\0\xfe")
    assert error(tmp_path / "a.tif").endswith("a.tif: it is no JSON; check the path (--catalog)")


@pytest.mark.parametrize("text", ["null", "[]", "7", "{}", '{"type": "Dataset"}'])
def test_what_is_no_stac_object(folder: Path, text: str) -> None:
    (folder / "S2A.json").write_text(text)
    assert f"{folder / 'S2A.json'} is no STAC catalogue, collection or item" in error(folder)


def test_a_list_of_features_that_is_none(folder: Path) -> None:
    (folder / "S2A.json").write_text('{"type": "FeatureCollection", "features": null}')
    assert "S2A.json has no list of features" in error(folder)


def test_a_collection_that_a_static_catalogue_lacks(folder: Path) -> None:
    catalogue = open_catalogue(str(folder))
    with pytest.raises(
        SceneError, match=f"no collection landsat; its collections are {COLLECTION}"
    ):
        catalogue.search("landsat", JAPAN, None)
    entrance = json.loads((folder / f"{COLLECTION}.json").read_text())
    entrance["id"] = "other"
    (folder / f"{COLLECTION}.json").write_text(json.dumps(entrance))
    assert (
        error(folder) == f"the catalogue has no collection {COLLECTION}; its collections are other"
    )


def test_an_ordinary_geojson_is_no_catalogue(tmp_path: Path) -> None:
    place = {"type": "Point", "coordinates": [144, 43]}
    feature = {"type": "Feature", "properties": {"collection": "a"}, "geometry": place}
    path = tmp_path / "area.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    assert error(path).endswith(
        "area.geojson belongs to a STAC collection; is it a STAC catalogue (--catalog)?"
    )


@pytest.mark.parametrize(
    "links", [None, "x", [7], [{"rel": "child"}], [{"rel": "item", "href": 7}]]
)
def test_malformed_links(folder: Path, links: Any) -> None:
    change(folder / "catalog.json", lambda values: values.update(links=links))
    assert f"the links of {folder / 'catalog.json'} are malformed" in error(folder)


@pytest.mark.parametrize("href", ["/dev/zero", "pipe"])
def test_a_link_to_a_device_or_a_pipe_is_not_waited_for(folder: Path, href: str) -> None:
    os.mkfifo(folder / "pipe")
    links = [{"rel": "child", "href": href}]
    change(folder / "catalog.json", lambda values: values.update(links=links))
    assert "is a device or a pipe" in error(folder)


def test_a_catalogue_that_leads_to_itself(folder: Path) -> None:
    change(
        folder / f"{COLLECTION}.json",
        lambda values: values["links"].append({"rel": "child", "href": "./catalog.json"}),
    )
    assert search(folder) == ["S2A"]


def test_an_item_that_is_malformed(folder: Path) -> None:
    change(folder / "S2A.json", lambda values: values.update(geometry=7))
    assert "malformed (S2A: its geometry is no GeoJSON geometry)" in error(folder)


@pytest.mark.parametrize(("strange", "fewer_than"), [("endless", 10), ("empty", 120)])
def test_pages_without_end(folder: Path, waits: list[float], strange: str, fewer_than: int) -> None:
    with stac_server(folder, strange=strange) as server:
        assert "the pages of its answer repeat without end" in error(server.address)
        assert len(server.requests) < fewer_than
    assert waits == []


def test_pages_of_other_things(folder: Path, waits: list[float]) -> None:
    with stac_server(folder, strange="other") as server:
        assert "4 items of the catalogue are malformed" in error(server.address)
    assert waits == []


def test_a_catalogue_of_the_web_has_no_local_parts(folder: Path, waits: list[float]) -> None:
    with stac_server(folder) as server:
        links = [{"rel": "child", "href": "file:///etc/hostname"}]
        change(folder / "catalog.json", lambda values: values.update(links=links))
        text = error(f"{server.address}/catalog.json")
        assert "file:///etc/hostname, which is no address of the web" in text


def test_items_after_an_empty_page(folder: Path) -> None:
    with stac_server(folder, strange="late") as server:
        assert search(server.address) == ["S2A"]


def test_a_last_page_that_repeats_the_one_before(folder: Path) -> None:
    with stac_server(folder, strange="twice") as server:
        assert search(server.address) == ["S2A"]
        assert [path for _, path in server.requests].count("/search") == 2


def test_an_api_need_not_state_that_it_searches(folder: Path, waits: list[float]) -> None:
    with stac_server(folder, strange="modest") as server:
        assert search(server.address) == ["S2A"]
    assert waits == []


def test_files_may_be_named_relative_to_the_item(folder: Path) -> None:
    of_gdal = {"href": "/vsis3/bucket/nir.tif"}
    change(folder / "S2A.json", lambda values: values["assets"].update(elsewhere=of_gdal))
    with stac_server(folder, strange="relative") as server:
        (item,) = open_catalogue(server.address).search(COLLECTION, JAPAN, None)
        address = server.address
    assert item.assets["red"].href == f"{address}/collections/x/items/S2A/red.tif"
    assert item.assets["elsewhere"].href == of_gdal["href"]


@pytest.mark.parametrize(("status", "attempts"), [(403, 1), (429, 4), (500, 4)])
def test_the_status_of_an_answer_is_told(
    folder: Path, waits: list[float], status: int, attempts: int
) -> None:
    with stac_server(folder) as server:
        server.fails = lambda _, path: status if path == "/search" else 0
        assert f": HTTP status {status}: no luck; " in error(server.address)
        assert [path for _, path in server.requests].count("/search") == attempts
