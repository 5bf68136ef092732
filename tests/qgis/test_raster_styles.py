"""Styles of rasters."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from slidelens.qgis.raster_styles import (
    density_renderer,
    deviation_renderer,
    probability_renderer,
    raster_style,
    scene_renderer,
)


def test_probability_is_drawn_from_transparent_to_opaque() -> None:
    renderer = probability_renderer()
    assert renderer.get("band") == "1"
    items = renderer.findall("rastershader/colorrampshader/item")
    values = [float(item.get("value", "")) for item in items]
    assert (values[0], values[-1]) == (0, 1)
    assert values == sorted(values)
    assert (items[0].get("alpha"), items[-1].get("alpha")) == ("0", "255")


def test_the_deviation_is_the_second_band() -> None:
    assert deviation_renderer().get("band") == "2"


@pytest.mark.parametrize(
    ("highest", "top"), [(11.2184, 12), (12, 12), (0.0301, 0.031), (345.2, 350), (0.0, 1.0)]
)
def test_densities_are_drawn_up_to_a_round_number(highest: float, top: float) -> None:
    items = density_renderer(highest).findall("rastershader/colorrampshader/item")
    assert float(items[-1].get("value", "")) == top


def test_scenes_are_drawn_in_their_colours_or_grey() -> None:
    colours = scene_renderer([3, 2, 1], [(0, 10), (1, 11), (2, 12)])
    assert [colours.get(f"{name}Band") for name in ("red", "green", "blue")] == ["3", "2", "1"]
    assert colours.findtext("blueContrastEnhancement/maxValue") == "12"
    grey = scene_renderer([4], [(0, 10)])
    assert (grey.get("type"), grey.get("grayBand")) == ("singlebandgray", "4")
    assert grey.findtext("contrastEnhancement/minValue") == "0"


def test_a_style_is_a_pipe_of_a_renderer() -> None:
    root = ElementTree.fromstring(raster_style(probability_renderer()))
    assert root.find("pipe/rasterrenderer[@type='singlebandpseudocolor']") is not None
