"""Outlines that are false alarms are dropped."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from slidelens.analysis.revision.logistic import LogisticModel
from slidelens.analysis.revision.outlines import drop_false_alarms, outline_features


def outlines(*areas_m2: float) -> gpd.GeoDataFrame:
    columns = {
        "id": np.arange(1, len(areas_m2) + 1),
        "area_m2": areas_m2,
        "mean_probability": 0.5,
        "max_probability": 1.0,
    }
    shapes = [shapely.box(0, 0, area, 1) for area in areas_m2]
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=32645)


MODEL = LogisticModel(
    mean=np.array([np.log(1000.0), 0, 0]),
    deviation=np.ones(3),
    weights=np.array([1.0, 0, 0]),
    offset=0.0,
    groups=np.array([0.0, 2.0]),
)


def test_features_are_finite() -> None:
    assert np.isfinite(outline_features(outlines(0.0, 100.0))).all()


def test_small_outlines_go_and_ids_count_on() -> None:
    first, second = drop_false_alarms([outlines(5000, 500), outlines(5000, 500)], MODEL)
    assert first["area_m2"].tolist() == [5000]
    assert second["area_m2"].tolist() == [5000, 500]
    assert second["id"].tolist() == [1, 2]
    assert first["landslide_probability"].tolist() == [0.8333]


def test_without_a_model_all_stay() -> None:
    (kept,) = drop_false_alarms([outlines(5000, 1)], None)
    assert len(kept) == 2
    assert kept["landslide_probability"].isna().all()
