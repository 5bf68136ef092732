"""Measures of agreement, worked out by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from slidelens.analysis.outlines.fragment_rules import FragmentRules
from slidelens.api.comparison.compare import compare
from slidelens.errors import ParamsError
from slidelens.geo.vectors.inventory import read_inventory
from support.inventories.comparison import (
    HIT,
    OBSERVED,
    PREDICTED,
    SOUTH,
    WEST,
    frame_of,
    rectangle,
    square,
)


def measures(
    observed: gpd.GeoDataFrame, predicted: gpd.GeoDataFrame, **options: Any
) -> dict[str, Any]:
    options = {"bootstrap": 20} | options
    values: dict[str, Any] = json.loads(
        json.dumps(compare(observed, predicted, **options).to_dict())
    )
    return values


def test_all_measures_by_hand() -> None:
    values = measures(OBSERVED, PREDICTED)
    # Ground: 8 000 m² common, 20 000 observed, 18 000 predicted, 30 000 in all
    assert values["area"] == {
        "precision": pytest.approx(8 / 18),
        "recall": 0.4,
        "f1": pytest.approx(16 / 38),
        "iou": pytest.approx(8 / 30),
        "both_m2": 8000,
    }
    assert values["mapping_error"] == pytest.approx(22 / 30)
    assert {name: values["pixel"][name] for name in ("precision", "recall", "f1", "iou")} == {
        name: pytest.approx(values["area"][name]) for name in ("precision", "recall", "f1", "iou")
    }
    assert values["pixel"]["true_positive"] == 8000 / 25
    landslides = values["object"]
    assert [landslides[name] for name in ("precision", "recall", "f1")] == [0.5, 0.5, 0.5]
    assert landslides["pq"] == pytest.approx(0.4)
    assert values["count"] == {"observed": 2, "predicted": 2}
    assert values["area_m2"] == {"observed": 20_000, "predicted": 18_000}
    assert values["why_null"] is None
    (only,) = values["completeness_by_size"]
    assert (only["from_m2"], only["landslides"], only["matched"]) == (10_000, 2, 1)
    assert only["covered_share"] == pytest.approx(0.4)
    assert [
        (each["from_m2"], each["landslides"], each["matched"], each["covered_share"])
        for each in values["correctness_by_size"]
    ] == [(3162, 1, 1, 1.0), (10_000, 1, 0, 0.0)]
    assert values["sizes"]["median_ratio"] == 0.9  # medians of 9,000 and 10,000 m²
    assert values["density"]["mean_per_km2"] == {
        "observed": pytest.approx(2 / 0.36),
        "predicted": pytest.approx(2 / 0.36),
    }


def test_pixels_are_those_of_the_area() -> None:
    corner = frame_of(rectangle(0, 0, 600, 100), rectangle(0, 100, 100, 500))
    pixel = measures(OBSERVED, PREDICTED, area=corner, pixel_m=10)["pixel"]
    counts = {name: number for name, number in pixel.items() if name.endswith("tive")}
    assert counts == {
        "true_positive": 80,
        "false_positive": 100,
        "false_negative": 120,
        "true_negative": 600 + 500 - 300,
    }


def test_an_inventory_agrees_with_itself() -> None:
    values = measures(OBSERVED, OBSERVED)
    for kind in ("pixel", "area", "object"):
        assert values[kind]["f1"] == pytest.approx(1)
    assert values["mapping_error"] == pytest.approx(0)
    assert values["object"]["pq"] == pytest.approx(1)
    assert values["sizes"]["ks"] == 0
    assert values["density"]["largest_difference_per_km2"] == 0


def test_exchanging_the_inventories_exchanges_precision_and_recall() -> None:
    there, back = measures(OBSERVED, PREDICTED), measures(PREDICTED, OBSERVED)
    assert there["mapping_error"] == pytest.approx(back["mapping_error"])
    for kind in ("pixel", "area", "object"):
        assert there[kind]["f1"] == pytest.approx(back[kind]["f1"])
        assert there[kind]["precision"] == pytest.approx(back[kind]["recall"])
    assert there["object"]["pq"] == pytest.approx(back["object"]["pq"])
    assert there["sizes"]["ks"] == back["sizes"]["ks"]
    assert there["completeness_by_size"] == back["correctness_by_size"]


def test_nothing_observed_has_no_score_and_says_why() -> None:
    values = measures(OBSERVED.iloc[:0], PREDICTED)
    assert [values[kind]["f1"] for kind in ("pixel", "area", "object")] == [None, None, None]
    assert values["object"]["pq"] is None
    assert values["mapping_error"] == 1
    assert values["why_null"] == "no landslide in the area"
    assert (values["sizes"]["p"], values["completeness_by_size"]) == (None, [])


def test_nothing_predicted_is_an_f1_of_0() -> None:
    values = measures(OBSERVED, PREDICTED.iloc[:0])
    assert [values[kind]["f1"] for kind in ("pixel", "area", "object")] == [0, 0, 0]
    assert values["why_null"] == "no landslide predicted in the area"


def test_two_empty_inventories_in_an_area_agree_that_there_is_nothing() -> None:
    empty = OBSERVED.iloc[:0]
    values = measures(empty, empty, area=frame_of(square(0, 0, 1000)))
    assert values["pixel"]["f1"] is None
    assert values["mapping_error"] is None
    assert values["pixel"]["true_negative"] == 40_000


def test_invalid_multipart_and_sliver_polygons() -> None:
    bowtie = shapely.Polygon(
        [(WEST, SOUTH), (WEST + 100, SOUTH + 100), (WEST + 100, SOUTH), (WEST, SOUTH + 100)]
    )
    both = shapely.MultiPolygon([square(300, 0), square(450, 0)])
    sliver = rectangle(0, 300, 400, 0.001)
    values = measures(frame_of(bowtie, both, sliver), frame_of(bowtie, both))
    assert values["area_m2"]["predicted"] == pytest.approx(5000 + 20_000)
    assert (values["object"]["true_positive"], values["object"]["false_negative"]) == (2, 1)


def test_another_crs_changes_nothing() -> None:
    values = measures(OBSERVED, PREDICTED.to_crs(4326))
    assert values["object"]["pq"] == pytest.approx(0.4, abs=1e-4)
    assert values["crs"] == "EPSG:32645"


def test_overlapping_polygons_are_one_ground_and_many_landslides() -> None:
    # Twice the hit, a 50 m square within it, and one that overlaps it by half: 10 000 + 5 000 m²
    many = frame_of(HIT, HIT, square(20, 20, 50), square(50, 0))
    values = measures(many, frame_of(HIT))
    assert values["area_m2"] == {"observed": 15_000, "predicted": 10_000}
    assert values["count"] == {"observed": 4, "predicted": 1}
    assert values["object"]["recall"] == 0.25


def test_order_and_place_make_no_difference() -> None:
    random = np.random.default_rng(0)
    places = random.uniform((0, 0, 20), (2000, 2000, 120), (40, 3))
    many = frame_of(*[square(x, y, side) for x, y, side in places])
    shifted = many.translate(15, -10).to_frame("geometry")
    moved = [
        frame.iloc[::-1].translate(5000, 10_000).to_frame("geometry") for frame in (many, shifted)
    ]
    first, second = measures(many, shifted), measures(*moved)
    for name in ("mapping_error", "count", "area_m2", "object", "fragmentation", "pixel"):
        assert first[name] == pytest.approx(second[name])


def test_options_out_of_range_are_refused() -> None:
    options: tuple[tuple[dict[str, Any], str], ...] = (
        ({"pixel_m": 0}, r"the pixel_m \(--pixel-m\) is 0 m; give one over 0 m"),
        ({"pixel_m": 0.001}, r"pixels of 0\.001 m make 3\.6e\+11 of them"),
        ({"min_iou": 1.5}, r"\(--min-iou\) is 1\.5; give a share over 0"),
        ({"min_iou": 0}, r"\(--min-iou\) is 0; give a share over 0"),
        ({"bootstrap": 9}, r"\(--bootstrap\) is 9; give 0 or at least 10"),
        ({"bootstrap": -2}, r"\(--bootstrap\) is -2; give 0 or at least 10"),
        (
            {"threshold": 0.5},
            r"threshold \(--threshold\) has no use without merge_fragments \(--merge",
        ),
        ({"rules": FragmentRules()}, "rules have no use without merge_fragments; give both"),
        ({"dem": "dem.tif"}, r"dem \(--dem\) has no use without merge_fragments \(--merge-frag"),
        (
            {"merge_fragments": True, "threshold": 0.5},
            r"threshold \(--threshold\) has no use without probability \(--probability\); give",
        ),
        (
            {"merge_fragments": True, "threshold": 2},
            r"\(--threshold\) is 2; give a probability between 0 and 1",
        ),
    )
    for given, message in options:
        with pytest.raises(ParamsError, match=message):
            compare(OBSERVED, PREDICTED, **given)


def test_a_lower_least_iou_matches_more() -> None:
    shifted = frame_of(square(50, 0))  # IoU 1/3 with the hit
    assert compare(frame_of(HIT), shifted, bootstrap=0).matching.counts.true_positive == 0
    lenient = compare(frame_of(HIT), shifted, bootstrap=0, min_iou=0.3)
    assert lenient.matching.counts.true_positive == 1


def test_real_inventories(real_data: Path) -> None:
    folder = real_data / "inventories" / "nepal"
    values = measures(read_inventory(folder / "2015.gpkg"), read_inventory(folder / "2016.gpkg"))
    # The authors' 2016 is "2016 minus 2015": next to nothing in common
    assert values["count"] == {"observed": 98, "predicted": 28}
    assert values["mapping_error"] > 0.99


def test_pixels_that_miss_all_landslides_are_told() -> None:
    coarse = measures(OBSERVED, PREDICTED, pixel_m=1e6)
    assert coarse["pixel"]["f1"] is None
    assert coarse["area"]["f1"] > 0
    assert coarse["why_null"] == (
        "no observed and no predicted landslide covers the centre of a pixel of 1e+06 m"
    )
    assert measures(OBSERVED, PREDICTED)["why_null"] is None
