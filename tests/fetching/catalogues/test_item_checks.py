"""Malformed items and assets of catalogues are left out, with the reason."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from slidelens.errors import SceneError
from slidelens.fetching.catalogues.item_checks import parse_items
from support.stac.catalogues import Picture, write_item

HREF = "/data/catalogue/item.json"


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return write_item(tmp_path_factory.mktemp("stac"), Picture("2018-09-16", "S2A"))


def reason(values: Any, href: str = HREF) -> str:
    with pytest.raises(SceneError) as raised:
        parse_items([values], href)
    text = str(raised.value)
    assert text.startswith("1 item of the catalogue is malformed (")
    return text.partition("(")[2].partition(")")[0]


@pytest.mark.parametrize("values", [None, 7, "x", []])
def test_no_object(values: Any) -> None:
    assert reason(values) == "an item without an id: it is no object"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"type": "Thing"}, "its type is not Feature"),
        ({"properties": None}, "its properties are no object"),
        ({"assets": []}, "its assets are no object"),
        ({"geometry": 7}, "its geometry is no GeoJSON geometry"),
        ({"geometry": {"type": "Sphere"}}, "its geometry is no GeoJSON geometry"),
        ({"geometry": {"type": "Polygon", "coordinates": []}}, "its footprint is empty"),
        ({"geometry": {"type": "Point", "coordinates": [7e5, 4e6]}}, "its footprint is not in"),
        ({"geometry": None, "bbox": None}, "it has no footprint"),
        ({"geometry": None, "bbox": [1, 2, 3]}, "its bbox is no box"),
        ({"geometry": None, "bbox": ["a"] * 4}, "its bbox is no box"),
        ({"properties": {"datetime": "yesterday"}}, "its datetime is no time"),
        ({"properties": {"datetime": "9999-12-31T23:59:59-12:00"}}, "its datetime is no time"),
        ({"properties": {"datetime": 7}}, "its datetime is no time"),
        ({"properties": {"datetime": None}}, "its datetime is no time"),
        ({"properties": {"datetime": "2018-09-16T00:00:00Z", "proj:code": 7}}, "its proj:code is"),
        ({"properties": {"proj:code": "EPSG:999999"}}, "its CRS is unknown"),
        ({"properties": {"proj:epsg": "x"}}, "its proj:epsg is no code"),
    ],
)
def test_a_malformed_item(sound: dict[str, Any], changes: dict[str, Any], why: str) -> None:
    assert reason(sound | changes).startswith(f"S2A: {why}")


def test_an_id_that_is_no_text(sound: dict[str, Any]) -> None:
    assert reason(sound | {"id": 7}) == "an item without an id: its id is no text"


@pytest.mark.parametrize(
    ("key", "value", "why"),
    [
        ("href", None, "its href is no text"),
        ("href", "", "its href is no text"),
        ("href", "a\0b", "its href is no text"),
        ("href", "http://[::1", "its href is no address"),
        ("href", "ftp://example.org/x.tif", "its href is neither a file nor an address"),
        ("href", "PG:host=example.org", "its href is neither a file nor an address"),
        ("href", "/dev/zero", "its href is neither a file nor an address"),
        ("href", "file:///dev/zero", "its href is neither a file nor an address"),
        ("href", "/vsistdin/", "its href is neither a file nor an address"),
        ("roles", 7, "its roles is malformed"),
        ("raster:bands", "x", "its raster:bands is no list of objects"),
        ("eo:bands", [7], "its eo:bands is no list of objects"),
        ("raster:bands", [{"scale": 0}], "its scale is no number above 0"),
        ("raster:bands", [{"offset": "x"}], "its offset is no number"),
        ("raster:bands", [{"nodata": []}], "its nodata is no number"),
        ("raster:scale", -1, "its scale is no number above 0"),
        ("proj:shape", [0, 5], "its proj:shape is no size"),
        ("proj:shape", [5], "its proj:shape is no size"),
        ("proj:transform", [0] * 6, "its proj:transform is no transform"),
        ("proj:transform", [1, 2], "its proj:transform is no transform"),
    ],
)
def test_a_malformed_asset_is_left_out_alone(
    sound: dict[str, Any], caplog: pytest.LogCaptureFixture, key: str, value: Any, why: str
) -> None:
    values = copy.deepcopy(sound)
    values["assets"]["red"][key] = value
    (item,) = parse_items([values], HREF)
    assert set(item.assets) == {"green", "blue", "nir", "scl"}
    (message,) = caplog.messages
    assert message.startswith(f"asset red of S2A is left out: {why}")


def test_a_catalogue_of_the_web_names_no_local_files(sound: dict[str, Any]) -> None:
    values = copy.deepcopy(sound)
    values["assets"]["red"]["href"] = "file:///etc/hostname"
    values["assets"]["nir"]["href"] = "s3://bucket/nir.tif"
    (item,) = parse_items([values], "https://example.org/item.json")
    assert "red" not in item.assets
    assert item.assets["green"].href == "https://example.org/S2A/green.tif"
    assert item.assets["nir"].href == "s3://bucket/nir.tif"


def test_values_that_are_null_count_as_absent(sound: dict[str, Any]) -> None:
    values = copy.deepcopy(sound)
    values["assets"]["red"] |= {"eo:bands": None, "roles": None, "proj:shape": None}
    (item,) = parse_items([values], HREF)
    assert "eo:bands" not in item.assets["red"].extra_fields


def test_a_sound_item_beside_a_malformed_one_and_those_of_other_collections(
    sound: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    others = [sound | {"geometry": 7}, sound | {"collection": "other", "geometry": 7}]
    (item,) = parse_items([*others, sound], HREF, sound["collection"])
    assert item.id == "S2A"
    assert caplog.messages == ["S2A is left out: its geometry is no GeoJSON geometry"]
