"""Styles of layers of polygons."""

from __future__ import annotations

from itertools import pairwise
from xml.etree import ElementTree

import pytest

from slidelens.qgis.vector_styles import (
    class_renderer,
    confidence_renderer,
    history_styles,
    inventory_styles,
    label_styles,
    outline_renderer,
    state_renderer,
    vector_style,
)
from slidelens.report.figures.style import STATE_COLOURS


def test_landslides_are_coloured_by_probability_without_a_gap() -> None:
    renderer = confidence_renderer()
    assert renderer.get("attr") == 'coalesce("mean_probability", 1)'  # drawn by hand: sure
    ranges = renderer.findall("ranges/range")
    ends = [(float(each.get("lower", "")), float(each.get("upper", ""))) for each in ranges]
    assert ends[0][0] == 0
    assert ends[-1][1] == 1
    assert all(low[1] == high[0] for low, high in pairwise(ends))
    symbols = {each.get("name") for each in renderer.findall("symbols/symbol")}
    assert {each.get("symbol") for each in ranges} == symbols


def test_histories_have_the_report_s_colour_for_every_state() -> None:
    renderer = state_renderer()
    states = [each.get("value") for each in renderer.findall("categories/category")]
    assert states == list(STATE_COLOURS)
    lines = [
        each.get("value")
        for each in renderer.findall("symbols/symbol/layer/Option/Option[@name='outline_color']")
    ]
    assert lines[0] == "213,94,0,255"  # new, #D55E00
    assert len(lines) == len(STATE_COLOURS)


def test_labels_have_a_colour_for_both_classes() -> None:
    values = [each.get("value") for each in class_renderer().findall("categories/category")]
    assert values == ["landslide", "not landslide"]


def test_an_outline_has_no_fill() -> None:
    option = outline_renderer().find("symbols/symbol/layer/Option/Option[@name='style']")
    assert option is not None
    assert option.get("value") == "no"


@pytest.mark.parametrize("styles", [inventory_styles(), history_styles(), label_styles()])
def test_styles_are_xml_with_a_renderer(styles: dict[str, str]) -> None:
    assert styles
    for text in styles.values():
        root = ElementTree.fromstring(text)
        assert root.tag == "qgis"
        assert root.find("renderer-v2/symbols/symbol/layer[@class='SimpleFill']") is not None


def test_the_same_style_is_the_same_text() -> None:
    assert vector_style(state_renderer()) == vector_style(state_renderer())
