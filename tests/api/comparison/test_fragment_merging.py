"""Merging the predicted fragments of a landslide, with and without rasters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from rasterio.crs import CRS

from slidelens.api.comparison.compare import compare
from slidelens.api.comparison.fragment_merging import FragmentMerging
from slidelens.errors import ParamsError
from support.inventories.comparison import (
    BESIDE,
    LOWER,
    UPPER,
    WHOLE,
    frame_of,
    write_even_probability,
    write_slope,
)

UTM = CRS.from_epsg(32645)
FRAGMENTS = np.array([UPPER, LOWER], dtype=object)


@pytest.mark.parametrize("with_slope", [False, True])
def test_fragments_are_merged_if_asked_for(with_slope: bool, tmp_path: Path) -> None:
    observed, predicted = frame_of(WHOLE, BESIDE), frame_of(UPPER, LOWER, BESIDE)
    plain = compare(observed, predicted, bootstrap=0).to_dict()
    assert plain["count"]["predicted"] == 3
    assert "fragments" not in plain
    options: dict[str, Any] = {"dem": write_slope(tmp_path)} if with_slope else {}
    merged = compare(observed, predicted, bootstrap=0, merge_fragments=True, **options).to_dict()
    assert merged["count"] == {"observed": 2, "predicted": 2}
    counts = merged["fragments"]
    assert [counts[name] for name in ("raw", "merged", "manual")] == [3, 2, 2]
    assert counts["raw_pieces_per_landslide"] == 1.5
    assert counts["merged_pieces_per_landslide"] == 1
    # 3 000 of 3 600 m² and all of the other
    assert merged["object"]["pq"] == pytest.approx((3000 / 3600 + 1) / 2)
    assert merged["pixel"] == plain["pixel"]


@pytest.mark.parametrize(("probability", "landslides"), [(0.02, 2), (0.4, 1)])
def test_a_probable_gap_is_bridged(probability: float, landslides: int, tmp_path: Path) -> None:
    merging = FragmentMerging(
        dem=write_slope(tmp_path),
        probability=write_even_probability(tmp_path, probability),
        threshold=0.5,
    )
    assert len(merging.merge(FRAGMENTS, UTM)) == landslides


def test_no_fragments_need_no_raster() -> None:
    nothing = np.empty(0, dtype=object)
    assert len(FragmentMerging(dem=Path("missing.tif")).merge(nothing, UTM)) == 0


def test_the_ground_of_merged_fragments_is_theirs() -> None:
    (landslide,) = FragmentMerging().merge(FRAGMENTS, UTM)
    assert shapely.area(landslide) == UPPER.area + LOWER.area


def test_options_that_make_no_sense_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ParamsError, match=r"\(--threshold\) is 2; give a probability"):
        FragmentMerging(threshold=2)
    probability = write_even_probability(tmp_path, 0.0)
    with pytest.raises(ParamsError, match=r"\(--probability\) needs the threshold"):
        FragmentMerging(probability=probability).merge(FRAGMENTS, UTM)
    fine = FragmentMerging(dem=write_slope(tmp_path), pixel_m=1e-3)
    with pytest.raises(ParamsError, match=r"pixels of 0\.001 m make .* of them over the pieces"):
        fine.merge(FRAGMENTS, UTM)
