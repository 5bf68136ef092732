"""Items of dates."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from slidelens.catalog.study import FinishedStudy


def item(catalogue: Path, date: str) -> Any:
    return json.loads((catalogue / f"{date}/{date}.json").read_text(encoding="utf-8"))


def test_assets_are_what_the_date_has(catalogue: Path) -> None:
    always = ["scene", "probability", "revised", "inventory"]
    assert set(item(catalogue, "2013")["assets"]) == {
        *always,
        "manual",
        "density-manual",
        "density-predicted",
        "scores",
    }
    assert set(item(catalogue, "2014")["assets"]) == {*always, "density-predicted", "scores"}
    bands = item(catalogue, "2013")["assets"]["scene"]["bands"]
    assert bands[0] == {"name": "green", "data_type": "uint16"}


def test_the_time_is_as_precise_as_the_label(catalogue: Path) -> None:
    properties = item(catalogue, "2013")["properties"]
    assert properties["datetime"] is None
    assert properties["start_datetime"] == "2013-01-01T00:00:00Z"
    assert properties["end_datetime"] == "2013-12-31T23:59:59Z"


def test_scores_and_counts_are_properties(catalogue: Path, study: FinishedStudy) -> None:
    properties = item(catalogue, "2013")["properties"]
    scores = study.dates[0].values["after"]
    assert properties["slidelens:f1"] == scores["f1"] > 0.5
    assert properties["slidelens:threshold"] == scores["threshold"]
    assert properties["slidelens:landslides"] > 0
    assert properties["slidelens:simulated"] is False
    assert item(catalogue, "2014")["properties"]["slidelens:f1"] is None


def test_it_lies_where_the_map_lies(catalogue: Path) -> None:
    values = item(catalogue, "2013")
    west, south, east, north = values["bbox"]
    assert 85 < west < east < 86
    assert 28 < south < north < 29
    assert values["properties"]["proj:code"] == "EPSG:32645"
    assert values["properties"]["proj:shape"] == [96, 96]


def test_it_leads_to_its_weights_if_there_are_any(catalogue: Path) -> None:
    links = {date: item(catalogue, date)["links"] for date in ("2013", "2014")}
    derived = {
        date: [link["href"] for link in each if link["rel"] == "derived_from"]
        for date, each in links.items()
    }
    assert derived == {"2013": ["../weights-2013/weights-2013.json"], "2014": []}


@pytest.mark.parametrize("date", ["2013", "2014"])
def test_numbers_are_json(catalogue: Path, date: str) -> None:
    text = (catalogue / f"{date}/{date}.json").read_text(encoding="utf-8")
    assert "NaN" not in text
