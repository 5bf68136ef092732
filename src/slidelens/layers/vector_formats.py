"""Write layers of polygons as GeoPackage, GeoParquet or FlatGeobuf, with the styles of QGIS.

A GeoPackage holds all layers and, in its table `layer_styles`, the style that QGIS gives each. The
other formats hold one layer a file, with the style in a `.qml` beside it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Literal, get_args

import geopandas as gpd
import pyogrio

from slidelens.errors import OutputError, ParamsError
from slidelens.files import atomic_write, require_disk_space, write_text
from slidelens.geo.vectors.file import plain_path
from slidelens.geo.vectors.inventory import write_layers

VectorFormat = Literal["gpkg", "parquet", "fgb"]
FORMATS: tuple[VectorFormat, ...] = get_args(VectorFormat)
STYLES = "layer_styles"

_STABLE_DATE = "2000-01-01T00:00:00.000Z"  # the same rows give the same bytes
_TABLE = f"""
    create table {STYLES} (
        id integer primary key autoincrement not null,
        f_table_catalog text(256), f_table_schema text(256), f_table_name text(256),
        f_geometry_column text(256), styleName text(30), styleQML text, styleSLD text,
        useAsDefault boolean, description text, owner text(30), ui text(30),
        update_time datetime default (strftime('%Y-%m-%dT%H:%M:%fZ','now'))
    )
"""
_IS_STYLED = "select 1 from sqlite_master where name = ?"
_COLUMN = "select column_name from gpkg_geometry_columns where table_name = ?"
_ROW = f"""
    insert into {STYLES} (f_table_catalog, f_table_schema, f_table_name, f_geometry_column,
        styleName, styleQML, styleSLD, useAsDefault, description, owner, ui, update_time)
    values ('', '', ?, ?, ?, ?, '', 1, '', '', null, ?)
"""
_CONTENT = """
    insert into gpkg_contents (table_name, data_type, identifier, description, last_change, srs_id)
    values (?, 'attributes', ?, '', ?, 0)
"""


def require_format(format: str) -> None:
    """Raise ParamsError unless a format can be written.

    Args:
        format: Name of the format.
    """
    if format not in FORMATS:
        raise ParamsError(f"format is {format}; give one of {', '.join(FORMATS)}")
    if format == "parquet":
        try:
            import pyarrow.parquet  # noqa: F401
        except ImportError as error:
            raise ParamsError(
                "GeoParquet is written with pyarrow, which is not installed; run"
                " `pip install 'slidelens[parquet]'`, or choose gpkg or fgb"
            ) from error


def write_vectors(
    layers: Mapping[str, gpd.GeoDataFrame],
    folder: Path,
    stems: Mapping[str, str],
    format: VectorFormat,
    styles: Mapping[str, str] | None = None,
) -> list[Path]:
    """Write layers into a folder, and return the files.

    Args:
        layers: Rows by layer name, the most important first.
        folder: The folder.
        stems: Name of each layer's file without suffix; a GeoPackage has the first one.
        format: A member of `FORMATS`.
        styles: QML by layer name.
    """
    styles = styles or {}
    if format == "gpkg":
        path = folder / f"{stems[next(iter(layers))]}.gpkg"
        write_styled(layers, path, styles)
        return [path]
    files = []
    for name, frame in layers.items():
        path = folder / f"{stems[name]}.{format}"
        _write_single(frame, path, format)
        files.append(path)
        if name in styles:
            files.append(path.with_suffix(".qml"))
            write_text(files[-1], styles[name])
    return files


def write_styled(
    layers: Mapping[str, gpd.GeoDataFrame], path: Path, styles: Mapping[str, str]
) -> None:
    """Write a GeoPackage that QGIS shows in the given styles; the same rows give the same bytes.

    Args:
        layers: Rows by layer name.
        path: The file.
        styles: QML by layer name.
    """
    with atomic_write(path) as temporary:
        write_layers(dict(layers), temporary)
        add_styles(temporary, styles)


def add_styles(path: Path, styles: Mapping[str, str]) -> None:
    """Add the table `layer_styles` to a GeoPackage, as QGIS stores the styles of its layers.

    Args:
        path: A GeoPackage without that table.
        styles: QML by layer name; those of layers that are not there are left out.
    """
    with closing(sqlite3.connect(path)) as database, database:
        if database.execute(_IS_STYLED, (STYLES,)).fetchone():
            raise OutputError(f"{path} has styles already; write it anew")
        database.execute(_TABLE)
        database.execute(_CONTENT, (STYLES, STYLES, _STABLE_DATE))
        for layer, style in styles.items():
            if column := database.execute(_COLUMN, (layer,)).fetchone():
                database.execute(_ROW, (layer, column[0], layer, style, _STABLE_DATE))


def _write_single(frame: gpd.GeoDataFrame, path: Path, format: VectorFormat) -> None:
    with atomic_write(path) as temporary:
        require_disk_space(temporary, 2**16 + 2 * int(frame.memory_usage(deep=True).sum()))
        if format == "parquet":
            frame.to_parquet(temporary, index=False, write_covering_bbox=True)
            return
        kind = "MultiPolygon" if (frame.geom_type == "MultiPolygon").any() else "Polygon"
        written = temporary.with_name("layer.fgb")  # no character of the path has a meaning here
        with plain_path(written) as plain:
            try:
                pyogrio.write_dataframe(
                    frame,
                    plain,
                    layer=path.stem,
                    driver="FlatGeobuf",
                    geometry_type=kind,
                    promote_to_multi=kind == "MultiPolygon",
                )
            except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
                raise OSError(str(error).splitlines()[0]) from error
        written.rename(temporary)
