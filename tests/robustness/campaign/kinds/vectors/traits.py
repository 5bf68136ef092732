"""Vector files: a line per trait."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import shapely

from robustness.campaign.item import ACCEPTED, EITHER, REFUSED, TOLD
from robustness.campaign.kinds.crs import ENGINEERING, MARS
from robustness.campaign.kinds.vectors.files import (
    copied,
    cut,
    data,
    edited,
    garbled,
    geojson,
    layers,
    nested,
    nothing,
    of,
    raw_ring,
    ring,
    shapefile,
    shapes,
    special,
    with_styles,
    without_shp,
    zipped,
)
from robustness.campaign.kinds.vectors.geometries import (
    NORTH,
    WEST,
    boxes,
    circle,
    degrees,
    moved,
    tangle,
)


@dataclass(frozen=True)
class Vector:
    """A vector file: how it is written, and what may come of it.

    Attributes:
        write: Writes the file to the given path.
        suffix: Of the file.
        expect: As in `Input`, for a file of landslides.
        as_area: As in `Input`, for a file that gives an area or observed ground.
        count: Number of landslides if it is accepted, or several that are right; None: not known.
        uses: Only these uses, of a file that takes long; empty: all.
    """

    write: Callable[[Path], None]
    suffix: str = ".gpkg"
    expect: str = EITHER
    as_area: str = EITHER
    count: int | tuple[int, ...] | None = None
    uses: tuple[str, ...] = ()


def bad(write: Callable[[Path], None], suffix: str = ".gpkg") -> Vector:
    """Return a file that must be refused."""
    return Vector(write, suffix, REFUSED, REFUSED)


def sound(write: Callable[[Path], None], suffix: str = ".gpkg") -> Vector:
    """Return a file of four landslides that must be accepted."""
    return Vector(write, suffix, ACCEPTED, EITHER, 4)


def untold(write: Callable[[Path], None]) -> Vector:
    """Return a GeoJSON without a usable geometry, which may count as empty if it is said."""
    return Vector(write, ".geojson", TOLD, REFUSED)


def triangle(x: object) -> dict[str, Any]:
    """Return a GeoJSON triangle that begins and ends at a longitude."""
    return ring([x, 28], [85.001, 28], [85.001, 28.001], [x, 28])


def projected(crs: Any) -> list[shapely.Geometry]:
    """Return the squares in another CRS."""
    return list(gpd.GeoSeries(boxes(), crs=32645).to_crs(crs))


def across_180() -> list[shapely.Geometry]:
    """Return squares on both sides of the antimeridian."""
    return [*degrees(179.9, -17), *degrees(-179.9, -17)]


_X, _Y = WEST + 100, NORTH - 100
_OPEN = [(_X, _Y), (_X + 50, _Y), (_X + 50, _Y + 50), (_X, _Y + 50)]
_TRIANGLE = triangle(85)
_EMPTY = json.dumps({"type": "FeatureCollection", "features": []})
_HUGE = (
    '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{},"geometry":'
    '{"type":"Polygon","coordinates":[[[1e400,0],[1,0],[1,1],[1e400,0]]]}}]}'
)
_NO_CRS = {"type": "name", "properties": {"name": "EPSG:999999"}}
_AREA = [shapely.box(WEST, NORTH - 960, WEST + 960, NORTH)]
_FEET = "+proj=utm +zone=45 +units=us-ft"
_VERTICAL = (
    "update gpkg_spatial_ref_sys set definition="
    """'VERTCS["x",VERT_DATUM["x",2005],UNIT["metre",1]]' where srs_id=32645"""
)
_CLAIMS = (
    "update landslides set geom=x'4750000102000000' || x'010300000001000000ffffff7f' where fid=2"
)
TRAITS: dict[str, Vector] = {
    "sound": sound(shapes(boxes)),
    "sound-geojson": sound(shapes(lambda: degrees(85, 28), 4326), ".geojson"),
    "absent": bad(nothing),
    "empty-file": bad(data(b"")),
    "text": bad(data("not a map")),
    "zeros": bad(data(bytes(5000))),
    "header-only": bad(data(b"SQLite format 3\0")),
    "cut-tenth": bad(cut(0.1)),
    "cut-half": bad(cut(0.5)),
    "cut-most": Vector(cut(0.9)),
    "garbled": Vector(garbled),
    "folder": bad(special("folder")),
    "pipe": bad(special("pipe")),
    "device": bad(special("device")),
    "absent-loop": bad(special("loop")),
    "absent-link": bad(special("dangling")),
    "raster": Vector(copied("study/raw/scenes/2013.tif"), ".tif", expect=REFUSED),
    "raster-renamed": bad(copied("study/raw/scenes/2013.tif")),
    "json-renamed": Vector(geojson(_TRIANGLE)),
    "csv": bad(data("x,y\n1,2\n"), ".csv"),
    "csv-of-wkt": Vector(data('WKT,a\n"POLYGON((0 0,1 0,1 1,0 0))",1\n'), ".csv"),
    "html": bad(data("<html><body>404</body></html>"), ".geojson"),
    "json-cut": bad(data('{"type":"FeatureCollection","features":[{"type"'), ".geojson"),
    "json-array": bad(data("[1,2,3]"), ".geojson"),
    "json-null": bad(data("null"), ".geojson"),
    "json-nan": Vector(geojson(triangle(float("nan"))), ".geojson"),
    "json-inf": untold(geojson(triangle(float("inf")))),
    "json-huge-number": Vector(data(_HUGE), ".geojson"),
    "json-text-coordinates": untold(geojson(triangle("a"))),
    "json-ring-of-one": Vector(geojson(ring([85, 28])), ".geojson"),
    "json-ring-of-two": Vector(geojson(ring([85, 28], [85.001, 28])), ".geojson"),
    "json-no-coordinates": untold(geojson({"type": "Polygon"})),
    "json-unknown-type": untold(geojson({"type": "Blob", "coordinates": []})),
    "json-all-null": untold(geojson(None, None)),
    "json-nested": bad(nested(3000), ".geojson"),
    "json-very-nested": bad(nested(200_000), ".geojson"),
    "json-bom": Vector(data(b"\xef\xbb\xbf" + _EMPTY.encode()), ".geojson"),
    "json-utf16": Vector(data(_EMPTY.encode("utf-16")), ".geojson"),
    "json-metres-without-crs": bad(geojson(ring(*_OPEN, _OPEN[0])), ".geojson"),
    "json-unknown-crs": bad(geojson(_TRIANGLE, crs=_NO_CRS), ".geojson"),
    "json-suffix": sound(shapes(lambda: degrees(85, 28), 4326, driver="GeoJSON"), ".json"),
    "capital-suffix": sound(shapes(boxes, driver="GPKG"), ".GPKG"),
    "kml": sound(shapes(lambda: degrees(85, 28), 4326, driver="KML"), ".kml"),
    "flatgeobuf": sound(shapes(boxes, driver="FlatGeobuf"), ".fgb"),
    "gml": sound(shapes(boxes, driver="GML"), ".gml"),
    "shapefile": sound(shapefile(), ".shp"),
    "shp-without-dbf": sound(shapefile(".dbf"), ".shp"),
    "shp-without-shx": Vector(shapefile(".shx"), ".shp"),
    "shp-without-prj": bad(shapefile(".prj"), ".shp"),
    "shp-empty-prj": bad(shapefile(prj=""), ".shp"),
    "shp-garbled-prj": bad(shapefile(prj="PROJCS[nothing"), ".shp"),
    "shp-encoding": Vector(shapefile(cpg="KLINGON"), ".shp"),
    "dbf-without-shp": bad(without_shp, ".dbf"),
    "shp-cut": bad(cut(0.5, ".shp"), ".shp"),
    "zip-shp": Vector(zipped("i.gpkg"), ".zip"),
    "zip-of-two": Vector(zipped("i.gpkg", 2), ".zip"),
    "zip-of-nothing": bad(data(b"PK\5\6" + bytes(18)), ".zip"),
    "two-layers": Vector(layers(("a", boxes()), ("b", boxes(2)))),
    "landslides-and-area": Vector(layers(("landslides", boxes()), ("study_area", _AREA)), count=4),
    "no-layers": Vector(edited("delete from gpkg_contents"), expect=REFUSED),
    "style-table": sound(with_styles),
    "no-geometry-column": Vector(edited("delete from gpkg_geometry_columns"), expect=REFUSED),
    "undefined-crs": bad(edited("update gpkg_geometry_columns set srs_id=-1")),
    "unknown-crs-id": bad(edited("update gpkg_geometry_columns set srs_id=77777")),
    "no-crs": bad(shapes(boxes, None)),
    "engineering-crs": bad(shapes(boxes, ENGINEERING)),
    "geocentric-crs": bad(shapes(boxes, 4978)),
    "vertical-crs": bad(edited(_VERTICAL)),
    "degrees-as-metres": Vector(shapes(lambda: degrees(85, 28), 32645)),
    "metres-as-degrees": bad(shapes(boxes, 4326)),
    "mars-crs": Vector(shapes(boxes, MARS)),
    "web-mercator": sound(shapes(lambda: projected(3857), 3857)),
    "equal-area-crs": sound(shapes(lambda: projected(6933), 6933)),
    "feet-crs": sound(shapes(lambda: projected(_FEET), _FEET)),
    "beyond-180": Vector(shapes(lambda: degrees(445, 28), 4326)),
    "latitude-beyond-90": bad(shapes(lambda: degrees(85, 95), 4326)),
    "at-pole": Vector(shapes(lambda: degrees(85, 89.99), 4326)),
    "at-0-0": Vector(shapes(lambda: degrees(0, 0), 4326), count=4),
    "far-1e9": bad(shapes(lambda: moved(1e9, 0))),
    "far-1e300": bad(shapes(lambda: moved(1e300, 0))),
    "one-far-away": Vector(shapes(lambda: [*boxes(), *moved(1e9, 1e9)[:1]])),
    "antimeridian": Vector(shapes(across_180, 4326), count=8),
    "ring-not-closed": Vector(raw_ring(_OPEN), count=(4, 5)),
    "ring-of-one": Vector(raw_ring(_OPEN[:1]), count=4),
    "ring-of-two": Vector(raw_ring(_OPEN[:2]), count=4),
    "ring-of-none": Vector(raw_ring([]), count=4),
    "ring-nan": Vector(raw_ring([*_OPEN[:3], (float("nan"), 0.0), _OPEN[0]]), count=(4, 5)),
    "ring-inf": Vector(raw_ring([*_OPEN[:3], (float("inf"), 0.0), _OPEN[0]]), count=4),
    "ring-1e300": Vector(raw_ring([*_OPEN[:3], (1e300, 0.0), _OPEN[0]]), count=4),
    "wkb-garbage": Vector(edited("update landslides set geom=x'deadbeef' where fid=2"), count=3),
    "wkb-claims-2e9-points": Vector(edited(_CLAIMS), count=3),
    "vertices-1e6": Vector(shapes(lambda: circle(10**6)), count=1, uses=("sizes",)),
    "tangle-3000": Vector(shapes(lambda: tangle(3000)), uses=("sizes", "lifecycle")),
    "tangle-300": Vector(shapes(lambda: tangle(300))),
    "ten-thousand": Vector(shapes(lambda: boxes(10**4, 5, 10)), uses=("sizes",)),
    "text-columns-huge": sound(shapes(boxes, columns={"name": ["x" * 2_000_000] * 4})),
    "column-geometry": sound(shapes(boxes, columns={"area_m2": ["=1+1", "<script>", "\n", ""]})),
    "column-nul": sound(shapes(boxes, columns={"na\tme": ["a\u202eb", "é", "\u0000", "😀"]})),
    "column-twice": sound(shapes(boxes, columns={"ID": range(4), "iD ": range(4)})),
    "date-column": sound(shapes(boxes, columns={"date": ["0000-00-00"] * 4})),
    "points": bad(of("points")),
    "lines": bad(of("lines")),
    "closed-lines": bad(of("closed lines")),
    "multipoints": bad(of("multipoints")),
    "mixed": Vector(of("mixed"), count=3),
    "collections": Vector(of("collections"), count=4),
    "empty-collections": Vector(of("empty collections")),
    "multi": sound(of("multi")),
    "3d": sound(of("3d")),
    "nan-height": sound(of("nan height")),
    "with-empty": Vector(of("empty polygons"), count=4),
    "all-empty": Vector(of("all empty"), as_area=REFUSED),
    "with-none": Vector(of("none"), count=4),
    "all-none": Vector(of("all none"), as_area=REFUSED),
    "bow-tie": Vector(of("bow tie"), count=5),
    "spike": Vector(of("spike"), count=5),
    "sliver": Vector(of("sliver"), count=(4, 5)),
    "no-area": Vector(of("no area"), count=4),
    "all-of-no-area": Vector(of("all of no area"), as_area=REFUSED),
    "hole-outside": Vector(of("hole outside")),
    "hole-is-all": Vector(of("hole is all")),
    "every-row-twice": Vector(of("twice"), expect=TOLD),
    "overlapping-parts": Vector(of("overlapping parts"), count=1),
    "one": Vector(of("one")),
    "nothing": Vector(of("nothing", geometry_type="Polygon"), as_area=REFUSED),
}
