"""Writers of vector files."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import struct
import warnings
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyogrio

from robustness.campaign.kinds.vectors.geometries import boxes, collection
from robustness.campaign.materials import materials

Write = Callable[[Path], None]


def save(path: Path, shapes: Sequence[Any], crs: Any = 32645, **options: Any) -> Path:
    """Write geometries by pyogrio, without a word."""
    columns = options.pop("columns", {"name": [f"n{i}" for i in range(len(shapes))]})
    frame = gpd.GeoDataFrame(columns, geometry=list(shapes), crs=crs)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pyogrio.write_dataframe(frame, path, **options)
    return path


def shapes(make: Callable[[], Sequence[Any]], crs: Any = 32645, **options: Any) -> Write:
    """Return a writer of geometries."""
    return lambda path: void(save(path, make(), crs, **options))


def void(value: object) -> None:
    """Take a value and return nothing."""
    del value


def data(content: bytes | str) -> Write:
    """Return a writer of bytes or text."""
    raw = content.encode() if isinstance(content, str) else content
    return lambda path: void(path.write_bytes(raw))


def geojson(*geometries: Any, **members: Any) -> Write:
    """Return a writer of a GeoJSON collection; a feature per geometry, as it stands."""
    features = [{"type": "Feature", "properties": {}, "geometry": one} for one in geometries]
    text = json.dumps({"type": "FeatureCollection", "features": features} | members)
    return data(text)


def ring(*points: Any) -> dict[str, Any]:
    """Return a GeoJSON polygon of one ring."""
    return {"type": "Polygon", "coordinates": [list(points)]}


def cut(share: float, suffix: str = ".gpkg") -> Write:
    """Return a writer of the first part of a sound file."""

    def write(path: Path) -> None:
        whole = save(path.with_name(f"whole{suffix}"), boxes()).read_bytes()
        path.write_bytes(whole[: int(len(whole) * share)])
        path.with_name(f"whole{suffix}").unlink()

    return write


def garbled(path: Path) -> None:
    """Write a GeoPackage with 200 bytes changed at random."""
    raw = bytearray(save(path, boxes()).read_bytes())
    rng = np.random.default_rng(1)
    for at in rng.integers(100, len(raw), 200):
        raw[at] = rng.integers(256)
    path.write_bytes(raw)


def layers(*named: tuple[str, Sequence[Any]], crs: Any = 32645) -> Write:
    """Return a writer of a GeoPackage with several layers."""

    def write(path: Path) -> None:
        for name, geometries in named:
            save(path, geometries, crs, layer=name)

    return write


def drop_triggers(store: sqlite3.Connection) -> None:
    """Drop the triggers, which need functions that only GDAL has."""
    for (name,) in store.execute("select name from sqlite_master where type='trigger'").fetchall():
        store.execute(f'drop trigger "{name}"')


def edited(statement: str, count: int = 4) -> Write:
    """Return a writer of a GeoPackage changed by an SQL statement."""

    def write(path: Path) -> None:
        save(path, boxes(count), layer="landslides")
        with sqlite3.connect(path) as store:
            drop_triggers(store)
            store.execute(statement)
        store.close()

    return write


def raw_ring(points: Sequence[tuple[float, float]]) -> Write:
    """Return a writer of four squares and a polygon of one ring, as its bytes stand."""

    def write(path: Path) -> None:
        wkb = struct.pack("<BIII", 1, 3, 1, len(points))
        wkb += b"".join(struct.pack("<dd", *point) for point in points)
        blob = b"GP" + struct.pack("<BBi", 0, 1, 32645) + wkb
        save(path, boxes(5), layer="landslides", spatial_index=False)
        with sqlite3.connect(path) as store:
            drop_triggers(store)
            store.execute("update landslides set geom=? where fid=5", (blob,))
        store.close()

    return write


def shapefile(*without: str, **texts: str) -> Write:
    """Return a writer of a shapefile without some of its parts, others replaced by text."""

    def write(path: Path) -> None:
        save(path, boxes(), driver="ESRI Shapefile")
        for suffix in without:
            path.with_suffix(suffix).unlink(missing_ok=True)
        for suffix, text in texts.items():
            path.with_suffix(f".{suffix}").write_text(text)

    return write


def zipped(name: str, count: int = 1) -> Write:
    """Return a writer of a ZIP archive with copies of an inventory."""

    def write(path: Path) -> None:
        inner = save(path.with_name(f"x{Path(name).suffix}"), boxes())
        with zipfile.ZipFile(path, "w") as archive:
            for index in range(count):
                archive.write(inner, name if index == 0 else f"{index}-{name}")
        inner.unlink()

    return write


def special(kind: str) -> Write:
    """Return a writer of what is no file: a folder, a pipe, a device, a link to nothing."""

    def write(path: Path) -> None:
        match kind:
            case "folder":
                path.mkdir()
            case "pipe":
                os.mkfifo(path)
            case "device":
                path.symlink_to("/dev/zero")
            case "loop":
                path.symlink_to(path.name)
            case "dangling":
                path.symlink_to("nowhere")

    return write


def nested(depth: int) -> Write:
    """Return a writer of deeply nested JSON."""
    return data('{"type":"FeatureCollection","features":' + "[" * depth + "]" * depth + "}")


def copied(source: str) -> Write:
    """Return a writer that copies a file of the material."""
    return lambda path: void(shutil.copyfile(materials() / source, path))


def of(kind: str, **options: Any) -> Write:
    """Return a writer of `collection(kind)`."""
    return shapes(lambda: collection(kind), **options)


def nothing(path: Path) -> None:
    """Write nothing."""


def with_styles(path: Path) -> None:
    """Write a GeoPackage with the table that QGIS adds for styles."""
    save(path, boxes(), layer="inv")
    with sqlite3.connect(path) as store:
        store.execute("create table layer_styles (id integer primary key, styleQML text)")
        store.execute(
            "insert into gpkg_contents (table_name, data_type, identifier) values"
            " ('layer_styles', 'attributes', 'layer_styles')"
        )
    store.close()


def without_shp(path: Path) -> None:
    """Write the table of a shapefile alone."""
    shapefile()(path.with_suffix(".shp"))
    path.with_suffix(".shp").unlink()
