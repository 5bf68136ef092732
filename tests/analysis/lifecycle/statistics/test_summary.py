"""A lifecycle in JSON values."""

from __future__ import annotations

import json

import pytest
import shapely

from slidelens.analysis.lifecycle.statistics.summary import summarise
from slidelens.analysis.lifecycle.tracking import trace
from support.inventories.lifecycle import FAR, box


def test_by_hand() -> None:
    # half of the first landslide heals in a year, the second is mapped twice in 2013
    life = trace({"2013": [box(0, 0, 100), FAR, FAR], "2014": [box(0, 0, 100, 50), FAR]})
    summary = summarise(life, 5.0, shapely.box(0, 0, 10_000, 200))
    assert (summary["landslides"], summary["polygons"], summary["ground_m2"]) == (2, 5, 20_000)
    assert list(summary["dates"]) == list(summary["evolution"]) == ["2013", "2014"]
    assert summary["dates"]["2013"]["new"] == 2
    assert summary["dates"]["2014"]["healed_m2"] == 5000
    # both landslides are new in 2013, on 2 km²
    assert summary["evolution"]["2014"]["healed_m2_per_year"] == 5000
    assert summary["evolution"]["2014"]["emergence_per_km2_year"] == 0
    # 5,000 of 20,000 m² heal: ln 2 / ln(4/3) years
    assert summary["recovery"]["half_life_years"] == pytest.approx(2.409, abs=1e-3)
    assert summary["path_dependency"] == []


def test_undefined_values_are_none() -> None:
    summary = summarise(trace({"pre": [], "post": [FAR]}), 5.0)
    assert summary["evolution"]["post"]["years"] is None
    assert summary["evolution"]["post"]["emergence_per_km2_year"] is None
    assert summary["recovery"]["half_life_years"] is None


def test_it_is_json() -> None:
    life = trace({"2013": [box(0, 0, 100)], "2014": [box(0, 0, 100, 150)], "2015": [FAR]})
    summary = summarise(life, 5.0)
    assert json.loads(json.dumps(summary, allow_nan=False)) == summary
