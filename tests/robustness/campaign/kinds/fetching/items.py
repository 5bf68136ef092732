"""Items of a catalogue with absurd values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from robustness.campaign.item import ACCEPTED, EITHER, REFUSED, TOLD

Json = dict[str, Any]


@dataclass(frozen=True)
class Change:
    """A change of an item, and what may come of it."""

    apply: Callable[[Json], object]
    expect: str = EITHER


_LEFT_OUT = object()


def _top(key: str, value: Any, expect: str = EITHER) -> Change:
    def apply(item: Json) -> None:
        item.pop(key)
        if value is not _LEFT_OUT:
            item[key] = value

    return Change(apply, expect)


def _property(key: str, value: Any, expect: str = EITHER) -> Change:
    def apply(item: Json) -> None:
        item["properties"].pop(key, None)
        if value is not _LEFT_OUT:
            item["properties"][key] = value

    return Change(apply, expect)


def _asset(key: str, value: Any, expect: str = EITHER, names: tuple[str, ...] = ()) -> Change:
    """Return a change of a field of all assets, or of those of some names."""

    def apply(item: Json) -> None:
        for name, asset in item["assets"].items():
            if not names or name in names:
                asset.pop(key, None)
                if value is not _LEFT_OUT:
                    asset[key] = value

    return Change(apply, expect)


def _band(key: str, value: Any, expect: str = EITHER) -> Change:
    def apply(item: Json) -> None:
        for name, asset in item["assets"].items():
            if name != "scl":
                asset["raster:bands"][0][key] = value

    return Change(apply, expect)


_ODD: dict[str, Any] = {
    "null": None,
    "number": 7,
    "text": "x",
    "list": [],
    "object": {},
    "true": True,
    "nan": float("nan"),
    "huge": 10**400,
    "1e300": 1e300,
    "minus-1": -1,
    "hostile": "<script>\x1b[31m../../x",
}
_HREFS: dict[str, Any] = {
    "absent": "nowhere.tif",
    "empty": "",
    "null": None,
    "number": 7,
    "list": [],
    "outside": "../../../../../../../../etc/passwd",
    "device": "/dev/zero",
    "file-address": "file:///dev/zero",
    "ftp": "ftp://127.0.0.1:9/x.tif",
    "closed-port": "http://127.0.0.1:9/x.tif",
    "virtual": "/vsistdin/",
    "nested-virtual": "/vsizip/vsicurl/http://127.0.0.1:9/x.zip/x.tif",
    "memory": "/vsimem/x",
    "postgres": "PG:host=127.0.0.1",
    "netcdf": "NETCDF:/dev/zero:x",
    "http-driver": "WMS:http://127.0.0.1:9/",
    "option-like": "-config",
    "nul": "a\0b.tif",
    "long": "x" * 5000,
    "bracket": "http://[::1/x.tif",
    "secret": "http://user:secret@127.0.0.1:9/x.tif?signature=secret",
}
_NEEDED = ("type", "id", "geometry", "properties", "assets", "collection")
_SHAPES: dict[str, Any] = {
    "point": {"type": "Point", "coordinates": [143.9, 42.7]},
    "line": {"type": "LineString", "coordinates": [[143.9, 42.7], [143.95, 42.7]]},
    "open": {"type": "Polygon", "coordinates": [[[143, 42], [145, 42], [145, 44]]]},
    "bow-tie": {
        "type": "Polygon",
        "coordinates": [[[143, 42], [145, 44], [145, 42], [143, 44], [143, 42]]],
    },
    "nan": {"type": "Polygon", "coordinates": [[[float("nan")] * 2] * 4]},
    "far": {
        "type": "Polygon",
        "coordinates": [[[1e300, 1e300], [0, 1e300], [0, 0], [1e300, 1e300]]],
    },
    "texts": {"type": "Polygon", "coordinates": [[["a", "b"]] * 4]},
    "nothing": {"type": "Polygon", "coordinates": []},
    "unknown-type": {"type": "Sphere", "coordinates": [1, 2]},
    "no-coordinates": {"type": "Polygon"},
    "collection": {"type": "GeometryCollection", "geometries": []},
    "elsewhere": {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]},
    "whole-earth": {
        "type": "Polygon",
        "coordinates": [[[-180, -90], [180, -90], [180, 90], [-180, 90], [-180, -90]]],
    },
}
_TIMES: dict[str, Any] = {
    "text": "yesterday",
    "day": "2018-09-16",
    "no-zone": "2018-09-16T01:27:00",
    "year-0": "0000-09-16T00:00:00Z",
    "year-9999": "9999-12-31T23:59:59-12:00",
    "year-1": "0001-01-01T00:00:00+14:00",
    "february-30": "2018-02-30T00:00:00Z",
    "odd-zone": "2018-09-16T01:27:00+99:99",
    "number": 1537061220,
    "list": ["2018-09-16"],
    "microseconds": "2018-09-16T01:27:00.123456789Z",
}
ITEMS: dict[str, Change] = {
    **{f"{key}/{name}": _top(key, value) for key in _NEEDED for name, value in _ODD.items()},
    **{f"{key}/left-out": _top(key, _LEFT_OUT) for key in (*_NEEDED, "links", "stac_version")},
    **{f"geometry/{name}": _top("geometry", value) for name, value in _SHAPES.items()},
    **{
        f"bbox/{name}": Change(
            lambda item, value=value: item.update(geometry=None, bbox=value)  # type: ignore[misc]
        )
        for name, value in {
            **_ODD,
            "three": [1, 2, 3],
            "texts": ["a"] * 4,
            "nan": [float("nan")] * 4,
            "turned": [145, 44, 143, 42],
        }.items()
    },
    **{f"datetime/{name}": _property("datetime", value) for name, value in (_TIMES | _ODD).items()},
    "datetime/left-out": _property("datetime", _LEFT_OUT, REFUSED),
    **{
        f"{key}/{name}": _property(key, value)
        for key in ("proj:code", "platform", "eo:cloud_cover", "s2:processing_baseline")
        for name, value in _ODD.items()
    },
    **{
        f"proj:code/{name}": _property("proj:code", value)
        for name, value in {
            "unknown": "EPSG:999999",
            "degrees": "EPSG:4326",
            "other-zone": "EPSG:32601",
            "geocentric": "EPSG:4978",
            "path": "/dev/zero",
            "nested": "(" * 5000,
        }.items()
    },
    **{f"href/{name}": _asset("href", value, REFUSED) for name, value in _HREFS.items()},
    **{
        f"href-of-one/{name}": _asset("href", value, TOLD, ("nir",))
        for name, value in _HREFS.items()
    },
    "href/left-out": _asset("href", _LEFT_OUT, REFUSED),
    **{
        f"{key}/{name}": _asset(key, value)
        for key in ("proj:shape", "proj:transform", "raster:bands", "roles", "type", "eo:bands")
        for name, value in _ODD.items()
    },
    **{
        f"proj:shape/{name}": _asset("proj:shape", value)
        for name, value in {
            "zero": [0, 0],
            "negative": [-5, 5],
            "huge": [10**9, 10**9],
            "one": [320],
            "texts": ["a", "b"],
            "other": [7, 7],
            "nan": [float("nan")] * 2,
        }.items()
    },
    **{
        f"proj:transform/{name}": _asset("proj:transform", value)
        for name, value in {
            "zero": [0] * 6,
            "nan": [float("nan")] * 6,
            "short": [10, 0, 0],
            "huge": [1e300, 0, 0, 0, -1e300, 0],
            "tiny": [1e-300, 0, 0, 0, -1e-300, 0],
            "turned": [0, 10, 739_000, -10, 0, 4_733_000],
            "elsewhere": [10, 0, 0, 0, -10, 0],
        }.items()
    },
    **{
        f"band-{key}/{name}": _band(key, value)
        for key in ("scale", "offset", "nodata", "data_type")
        for name, value in {**_ODD, "zero": 0, "inf": float("inf"), "minus": -1e-4}.items()
    },
    "bands/one-of-many": Change(lambda item: item["assets"].pop("nir")),
    "bands/none": Change(lambda item: item["assets"].clear(), REFUSED),
    "bands/classes-alone": Change(
        lambda item: item.update(assets={"scl": item["assets"]["scl"]}), REFUSED
    ),
    "bands/no-classes": Change(lambda item: item["assets"].pop("scl"), ACCEPTED),
    "assets/numbers": _top("assets", {"red": 7}),
    "assets/nulls": _top("assets", dict.fromkeys(("red", "green", "blue", "nir"))),
}
