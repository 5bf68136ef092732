"""Projects of catalogues."""

from __future__ import annotations

import zipfile
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import rasterio

from slidelens.catalog.study import FinishedStudy


@pytest.fixture
def root(catalogue: Path) -> ElementTree.Element:
    with zipfile.ZipFile(catalogue / "study.qgz") as archive:
        return ElementTree.fromstring(archive.read("study.qgs"))


def test_there_is_a_group_for_each_date_and_one_of_histories(root: ElementTree.Element) -> None:
    groups = root.findall("layer-tree-group/layer-tree-group")
    assert [group.get("name") for group in groups] == ["Histories", "2014", "2013"]
    shown = [group.get("name") for group in groups if group.get("checked") == "Qt::Checked"]
    assert shown == ["2014"]
    names = [layer.get("name", "") for layer in groups[2].findall("layer-tree-layer")]
    assert names == [
        "Mapped landslides",
        "State at this date",
        "Manual inventory",
        "Mapped extent",
        "Probability, revised",
        "Probability",
        "Landslides per km², manual inventory",
        "Landslides per km², mapped, before revision",
        "Image",
    ]
    names = [layer.get("name", "") for layer in groups[1].findall("layer-tree-layer")]
    assert not [name for name in names if "anual inventory" in name]
    assert "Landslides per km², mapped, before revision" in names


def test_densities_are_off_and_have_the_scale_of_the_highest(
    root: ElementTree.Element, study: FinishedStudy
) -> None:
    leaves = root.findall("layer-tree-group/layer-tree-group/layer-tree-layer")
    drawn = {leaf.get("id"): leaf.get("checked") for leaf in leaves}
    layers = [
        each
        for each in root.findall("projectlayers/maplayer")
        if (each.findtext("layername") or "").startswith("Landslides per")
    ]
    assert len(layers) == 3
    assert {drawn[each.findtext("id")] for each in layers} == {"Qt::Unchecked"}
    items = [
        each.findall("pipe/rasterrenderer/rastershader/colorrampshader/item") for each in layers
    ]
    assert {each[0].get("alpha") for each in items} == {"0"}  # where there is none
    highest = max(_highest(path) for dated in study.dates for path in dated.densities.values())
    ends = {float(each[-1].get("value") or 0) for each in items}
    assert len(ends) == 1
    assert 0 < highest <= ends.pop() < 1.1 * highest


def _highest(path: Path) -> float:
    with rasterio.open(path) as dataset:
        return float(np.nanmax(dataset.read(1)))


def test_every_layer_leads_to_a_file(root: ElementTree.Element, catalogue: Path) -> None:
    layers = root.findall("projectlayers/maplayer")
    assert len(layers) > 10
    for layer in layers:
        source = (layer.findtext("datasource") or "").split("|")[0]
        assert source.startswith(".")
        assert (catalogue / source).is_file()


def test_images_are_stretched_between_their_values(root: ElementTree.Element) -> None:
    images = [
        each
        for each in root.findall("projectlayers/maplayer")
        if each.findtext("layername") == "Image"
    ]
    renderer = images[0].find("pipe/rasterrenderer")
    assert renderer is not None
    bands = [renderer.get(f"{name}Band") for name in ("red", "green", "blue")]
    assert bands == ["3", "2", "1"]  # near infrared, red, green: there is no blue
    low, high = (
        float(renderer.findtext(f"redContrastEnhancement/{end}Value") or 0)
        for end in ("min", "max")
    )
    assert 0 < low < high < 65_535
