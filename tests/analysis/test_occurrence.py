"""Intervals of occurrence."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from slidelens.analysis.lifecycle.tracking import trace
from slidelens.analysis.occurrence import (
    BEFORE_ALL,
    Intervals,
    calibrated,
    evidence_of_onset,
    first_ground,
    intervals,
    partners,
    with_intervals,
)


def test_an_interval_begins_at_the_last_date_that_shows_the_ground() -> None:
    seen = np.array([[1.0, 1.0, 0.2], [0.4, 1.0, 0.2], [1.0, 1.0, 1.0]])
    found = intervals(np.array([2, 0, 2]), seen, 0.5)
    assert found.after.tolist() == [0, BEFORE_ALL, BEFORE_ALL]
    assert found.by.tolist() == [2, 0, 2]


def test_evidence_adds_up_the_onsets_within_the_interval() -> None:
    onset = np.array([[0.1, 0.7], [0.3, 0.1], [0.5, 0.1]])
    found = Intervals(np.array([0, BEFORE_ALL]), np.array([2, 0]))
    assert evidence_of_onset(found, onset) == pytest.approx([0.8, 0.7])


def test_an_interval_is_right_if_it_holds_the_other() -> None:
    wide = Intervals(np.array([0, 1, -1]), np.array([2, 2, 0]))
    narrow = Intervals(np.array([1, 0, -1]), np.array([2, 2, 0]))
    assert wide.covers(narrow).tolist() == [True, False, True]


def test_partners_share_most_ground() -> None:
    ground = np.array([shapely.box(0, 0, 10, 10), shapely.box(50, 0, 60, 10)], dtype=object)
    others = np.array([shapely.box(8, 0, 30, 10), shapely.box(0, 0, 7, 10)], dtype=object)
    assert partners(ground, others).tolist() == [1, -1]


def test_confidence_is_calibrated_or_missing() -> None:
    rng = np.random.default_rng(7)
    evidence, area = rng.random(2000), np.full(2000, 1000.0)
    right = rng.random(2000) < evidence
    found = calibrated(evidence, area, right, np.ones(2000, bool))
    assert found[evidence > 0.9].mean() == pytest.approx(0.95, abs=0.05)
    assert np.isnan(calibrated(evidence, area, right, np.zeros(2000, bool))).all()


def test_first_ground_and_columns_follow_the_ids() -> None:
    here, grown = shapely.box(0, 0, 100, 100), shapely.box(0, 0, 150, 100)
    there = shapely.box(500, 0, 600, 90)
    life = trace({"2013": [here], "2014": [grown, there]}, crs=32645)
    assert [shape.area for shape in first_ground(life)] == [10_000, 9_000]
    found = Intervals(np.array([BEFORE_ALL, 0]), np.array([0, 1]))
    frame = with_intervals(life.landslides, found, np.array([0.91234, np.nan]), ["2013", "2014"])
    assert isinstance(frame, gpd.GeoDataFrame)
    assert frame.columns[-1] == "geometry"
    assert frame["occurred_after"].isna().tolist() == [True, False]
    assert frame["occurred_by"].tolist() == ["2013", "2014"]
    assert frame["occurrence_confidence"].tolist()[0] == 0.912
