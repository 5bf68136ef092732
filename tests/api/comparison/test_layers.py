"""Layers of a comparison."""

from __future__ import annotations

from slidelens.analysis.accuracy.fragmentation import count_fragments
from slidelens.analysis.comparison.object_matching import match_objects
from slidelens.analysis.overlay import overlaps
from slidelens.api.comparison.inventory_pair import read_pair
from slidelens.api.comparison.layers import agreement_layer, landslide_layers
from support.inventories.comparison import (
    BESIDE,
    LOWER,
    OBSERVED,
    PREDICTED,
    UPPER,
    WHOLE,
    frame_of,
)


def test_a_landslide_in_two_fragments_has_two_pieces_and_no_match() -> None:
    pair = read_pair(frame_of(WHOLE, BESIDE), frame_of(BESIDE, UPPER, LOWER))
    pairs = overlaps(pair.observed, pair.predicted)
    layers = landslide_layers(
        pair,
        match_objects(pair.observed, pair.predicted, pairs),
        count_fragments(pair.observed, pair.predicted, pairs),
    )
    observed, predicted = layers["observed"], layers["predicted"]
    assert observed.pieces.tolist() == [2, 1]
    assert observed.match_id.tolist() == [-1, 0]  # of 120 m, a fragment has 50: an IoU of 0.42
    assert observed.covered_share.tolist() == [3000 / 3600, 1.0]
    assert observed.matched.tolist() == [False, True]
    assert predicted.matched.tolist() == [True, False, False]
    assert predicted.pieces.tolist() == [1, 1, 1]
    assert predicted.match_id.tolist() == [1, -1, -1]
    assert predicted.iou.tolist() == [1.0, 0.0, 0.0]
    assert observed.crs == predicted.crs == "EPSG:32645"


def test_each_landslide_is_covered_by_the_other_inventory() -> None:
    pair = read_pair(OBSERVED, PREDICTED)
    pairs = overlaps(pair.observed, pair.predicted)
    layers = landslide_layers(
        pair,
        match_objects(pair.observed, pair.predicted, pairs),
        count_fragments(pair.observed, pair.predicted, pairs),
    )
    assert layers["observed"].covered_share.tolist() == [0.8, 0.0]
    assert layers["predicted"].covered_share.tolist() == [1.0, 0.0]


def test_the_agreement_is_on_the_ground() -> None:
    layer = agreement_layer(read_pair(frame_of(WHOLE), frame_of(UPPER, LOWER)))
    assert layer.groupby("kind").area_m2.sum().to_dict() == {"hit": 3000, "miss": 600}
    assert layer.crs == "EPSG:32645"
