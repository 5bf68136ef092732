"""A project of QGIS: layers in groups, with their styles, and paths relative to its file."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from xml.etree.ElementTree import Element

from rasterio.crs import CRS

from slidelens.files import atomic_write
from slidelens.geo.grid import Bounds, crs_name
from slidelens.qgis.raster_styles import pipe
from slidelens.qgis.xml import VERSION, child, document

_CHECKED = {True: "Qt::Checked", False: "Qt::Unchecked"}
_STABLE_TIME = (1980, 1, 1, 0, 0, 0)  # the earliest that an archive can hold


@dataclass(frozen=True)
class ProjectLayer:
    """A layer of a project.

    Attributes:
        name: What the user sees.
        source: Path from the folder of the project.
        kind: `vector`, of polygons, or `raster`.
        renderer: How it is drawn.
        crs: Its CRS.
        layer: Layer of a vector file.
        rows: Condition in SQL for the rows of a vector layer to show; empty: all.
        visible: Whether it is shown at first.
    """

    name: str
    source: str
    kind: Literal["vector", "raster"]
    renderer: Element
    crs: CRS
    layer: str = ""
    rows: str = ""
    visible: bool = True

    @property
    def address(self) -> str:
        """What QGIS opens."""
        parts = [self.source if self.source.startswith("..") else f"./{self.source}"]
        if self.layer:
            parts.append(f"layername={self.layer}")
        if self.rows:
            parts.append(f"subset={self.rows}")
        return "|".join(parts)

    @property
    def provider(self) -> str:
        """What QGIS reads it with."""
        return "ogr" if self.kind == "vector" else "gdal"


@dataclass(frozen=True)
class ProjectGroup:
    """A group of layers, the upper ones first.

    Attributes:
        name: What the user sees.
        layers: The layers.
        visible: Whether it is shown at first.
    """

    name: str
    layers: Sequence[ProjectLayer]
    visible: bool = False


def write_project(
    path: Path, title: str, groups: Sequence[ProjectGroup], crs: CRS, extent: Bounds
) -> None:
    """Write a project as an archive `.qgz`; the same layers give the same bytes.

    Args:
        path: The file.
        title: Title of the project.
        groups: Groups of layers, the upper ones first.
        crs: CRS of the map.
        extent: What the map shows at first: left, bottom, right, top.
    """
    text = project_document(title, groups, crs, extent)
    entry = zipfile.ZipInfo(f"{path.stem}.qgs", _STABLE_TIME)
    entry.compress_type = zipfile.ZIP_DEFLATED
    with atomic_write(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        archive.writestr(entry, text)


def project_document(title: str, groups: Sequence[ProjectGroup], crs: CRS, extent: Bounds) -> str:
    """Return the XML of a project.

    Args:
        title: Title of the project.
        groups: Groups of layers, the upper ones first.
        crs: CRS of the map.
        extent: What the map shows at first: left, bottom, right, top.
    """
    root = Element("qgis", {"version": VERSION, "projectname": title})
    child(root, "homePath", path="")
    child(root, "title", title)
    _add_crs(child(root, "projectCrs"), crs)
    tree = child(root, "layer-tree-group")
    child(tree, "customproperties")
    _add_canvas(root, crs, extent)
    layers, order = child(root, "projectlayers"), child(root, "layerorder")
    for number, group in enumerate(groups):
        branch = _add_group(tree, group)
        for position, layer in enumerate(group.layers):
            name = re.sub(r"\W+", "_", f"{group.name}_{layer.name}_{number}_{position}")
            _add_leaf(branch, name, layer)
            _add_layer(layers, name, layer)
            child(order, "layer", id=name)
    properties = child(root, "properties")
    child(child(properties, "Paths"), "Absolute", "false", type="bool")
    child(child(properties, "SpatialRefSys"), "ProjectionsEnabled", "1", type="int")
    return document(root)


def _add_group(tree: Element, group: ProjectGroup) -> Element:
    element = child(
        tree,
        "layer-tree-group",
        name=group.name,
        checked=_CHECKED[group.visible],
        expanded=int(group.visible),
    )
    child(element, "customproperties")
    return element


def _add_leaf(branch: Element, name: str, layer: ProjectLayer) -> None:
    leaf = child(
        branch,
        "layer-tree-layer",
        id=name,
        name=layer.name,
        source=layer.address,
        providerKey=layer.provider,
        checked=_CHECKED[layer.visible],
        expanded=0,
    )
    child(leaf, "customproperties")


def _add_layer(parent: Element, name: str, layer: ProjectLayer) -> None:
    element = child(parent, "maplayer", type=layer.kind, autoRefreshEnabled=0)
    if layer.kind == "vector":
        element.set("geometry", "Polygon")
    child(element, "id", name)
    child(element, "datasource", layer.address)
    child(element, "layername", layer.name)
    _add_crs(child(element, "srs"), layer.crs)
    provider = child(element, "provider", layer.provider)
    if layer.kind == "vector":
        provider.set("encoding", "UTF-8")
        element.append(layer.renderer)
        child(element, "featureBlendMode", "0")
        child(element, "layerOpacity", "1")
    else:
        element.append(pipe(layer.renderer))
    child(element, "blendMode", "0")


def _add_canvas(root: Element, crs: CRS, extent: Bounds) -> None:
    canvas = child(root, "mapcanvas", name="theMapCanvas", annotationsVisible=1)
    child(canvas, "units", "meters")
    box = child(canvas, "extent")
    for tag, value in zip(("xmin", "ymin", "xmax", "ymax"), extent, strict=True):
        child(box, tag, f"{value:.6f}")
    child(canvas, "rotation", "0")
    _add_crs(child(canvas, "destinationsrs"), crs)


def _add_crs(parent: Element, crs: CRS) -> None:
    system = child(parent, "spatialrefsys", nativeFormat="Wkt")
    child(system, "wkt", crs.to_wkt(version="WKT2_2019"))
    name = crs_name(crs)
    if name.startswith("EPSG:"):
        child(system, "srid", name.removeprefix("EPSG:"))
        child(system, "authid", name)
    child(system, "geographicflag", "false")
