"""F1 of marked ground from the pixels of each mark."""

from __future__ import annotations

import numpy as np
import pytest

from slidelens.learning.adaptation.counts import count_marks, mapped_shares, scene_f1
from slidelens.learning.inference.thresholds import output_at, threshold_index
from slidelens.types import Float32, Int32, UInt8


def drawn(seed: int) -> tuple[Float32, UInt8, Int32]:
    """Two landslides with a rim, three boxes."""
    rng = np.random.default_rng(seed)
    numbers = rng.integers(1, 6, 3000).astype(np.int32)
    labels = ((numbers <= 2) & (rng.random(3000) < 0.6)).astype(np.uint8)
    outputs = np.clip(rng.normal(0.3 + 0.4 * labels, 0.2), 0, 1).astype(np.float32)
    return outputs, labels, numbers


@pytest.mark.parametrize("index", [1, 90, 180, 200, 270, 359])
def test_counts_are_those_of_each_mark_and_threshold(index: int) -> None:
    outputs, labels, numbers = drawn(1)
    counts = count_marks(outputs, labels, numbers, 5)
    mapped = outputs >= output_at(index)
    for mark in range(5):
        own = numbers == mark + 1
        for label, reached, pixels in (
            (1, counts.landslide, counts.landslide_px),
            (0, counts.bare, counts.bare_px),
        ):
            assert reached[mark, index] == (mapped & own & (labels == label)).sum()
            assert pixels[mark] == (own & (labels == label)).sum()
    assert counts.is_landslide.tolist() == [True, True, False, False, False]


def test_boxes_stand_for_all_bare_ground() -> None:
    """With the weight of the boxes the share of landslide is what was asked for."""
    counts = count_marks(*drawn(2), 5)
    box = ~counts.is_landslide
    for share in (0.01, 0.05, 0.2):
        weight = counts.box_weight(share)
        bare = counts.bare_px[~box].sum() + weight * counts.bare_px[box].sum()
        assert counts.landslide_px.sum() / (counts.landslide_px.sum() + bare) == pytest.approx(
            share
        )


def test_pixels_of_landslides_alone_have_no_boxes_to_weight() -> None:
    outputs, _, _ = drawn(2)
    whole = np.ones(len(outputs))
    assert count_marks(outputs, whole.astype(np.uint8), whole.astype(np.int32), 1).box_weight(
        0.1
    ) == pytest.approx(1)


def test_f1_of_a_scene_needs_no_bare_ground() -> None:
    outputs, labels, numbers = drawn(3)
    counts, index = count_marks(outputs, labels, numbers, 5), threshold_index(0.5)
    mapped = outputs >= output_at(index)
    hit = (mapped & (labels == 1)).sum()
    f1 = scene_f1(counts.recall(), mapped_shares(outputs), labels.mean())
    assert f1[index] == pytest.approx(2 * hit / (mapped.sum() + labels.sum()))


def test_no_more_is_hit_than_is_mapped() -> None:
    """Where the marks promise more landslide than the map has, all of it is landslide at most."""
    assert scene_f1(np.array([0.9]), np.array([0.05]), 0.1) == pytest.approx(2 * 0.05 / 0.15)
