"""Projects of QGIS."""

from __future__ import annotations

import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest

from slidelens.qgis.project import ProjectGroup, ProjectLayer, project_document, write_project
from slidelens.qgis.raster_styles import probability_renderer
from slidelens.qgis.vector_styles import state_renderer
from support.studies import UTM


def groups() -> list[ProjectGroup]:
    states = ProjectLayer(
        "States", "h.gpkg", "vector", state_renderer(), UTM, "observations", "\"date\" = '2015'"
    )
    raster = ProjectLayer(
        "Map", "../maps/p.tif", "raster", probability_renderer(), UTM, visible=False
    )
    return [ProjectGroup("2016", [states], visible=True), ProjectGroup("2015", [states, raster])]


@pytest.fixture
def root() -> ElementTree.Element:
    return ElementTree.fromstring(project_document("A <b>", groups(), UTM, (0, 1, 20, 30)))


def test_groups_hold_their_layers_in_order(root: ElementTree.Element) -> None:
    names = {
        group.get("name"): [layer.get("name") for layer in group.findall("layer-tree-layer")]
        for group in root.findall("layer-tree-group/layer-tree-group")
    }
    assert names == {"2016": ["States"], "2015": ["States", "Map"]}
    assert root.findtext("title") == "A <b>"


def test_every_layer_of_the_tree_is_there_once(root: ElementTree.Element) -> None:
    leaves = [each.get("id") for each in root.iter("layer-tree-layer")]
    layers = [each.findtext("id") for each in root.findall("projectlayers/maplayer")]
    assert leaves == layers
    assert len(set(layers)) == 3


def test_paths_are_relative(root: ElementTree.Element) -> None:
    sources = [each.findtext("datasource") for each in root.findall("projectlayers/maplayer")]
    states = "./h.gpkg|layername=observations|subset=\"date\" = '2015'"
    assert sources == [states, states, "../maps/p.tif"]
    assert root.findtext("properties/Paths/Absolute") == "false"


def test_the_map_has_the_crs_and_the_extent(root: ElementTree.Element) -> None:
    assert root.findtext("mapcanvas/destinationsrs/spatialrefsys/authid") == "EPSG:32645"
    assert root.findtext("mapcanvas/extent/ymax") == "30.000000"
    assert root.findtext("projectCrs/spatialrefsys/authid") == "EPSG:32645"
    assert root.findtext("properties/SpatialRefSys/ProjectionsEnabled") == "1"  # else it is ignored


def test_the_archive_holds_the_project_and_is_the_same_each_time(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write_project(tmp_path / name / "study.qgz", "t", groups(), UTM, (0, 0, 1, 1))
    with zipfile.ZipFile(tmp_path / "a/study.qgz") as archive:
        assert archive.namelist() == ["study.qgs"]
        assert ElementTree.fromstring(archive.read("study.qgs")).tag == "qgis"
    assert (tmp_path / "a/study.qgz").read_bytes() == (tmp_path / "b/study.qgz").read_bytes()
