"""The share of landslide in a scene, from outputs alone."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.special import expit, logit

from slidelens.learning.adaptation.counts import count_marks
from slidelens.learning.adaptation.share import landslide_shares
from slidelens.learning.inference.thresholds import LOGITS
from slidelens.types import Float64


@pytest.mark.parametrize("share", [0.02, 0.05, 0.1])
def test_the_share_of_a_mixture_is_found(share: float) -> None:
    """Outputs of landslides, of the ground around them, and of other ground overlap."""
    rng = np.random.default_rng(1)
    means = {"landslide": 1.0, "rim": -1.5, "box": -4.0}
    labels = np.repeat([1, 0, 0], [2000, 2000, 9000]).astype(np.uint8)
    numbers = np.repeat([1, 1, 2], [2000, 2000, 9000]).astype(np.int32)
    logits = rng.normal(np.repeat(list(means.values()), [2000, 2000, 9000]), 1.5)
    counts = count_marks(expit(logits).astype(np.float32), labels, numbers, 2)
    near = 3 * share
    number = (np.array([share, near, 1 - share - near]) * 100_000).astype(int)
    scene = rng.normal(np.repeat(list(means.values()), number), 1.5)
    times = np.array([[1.0, 1.0], [3.0, 2.0]])
    found = landslide_shares(counts, expit(scene).astype(np.float32), times, 0.05)
    assert found == pytest.approx([share, share], rel=0.25)


def test_each_draw_has_the_share_of_its_own_marks() -> None:
    rng = np.random.default_rng(2)
    numbers = np.repeat(np.arange(1, 7), 500).astype(np.int32)
    labels = (numbers <= 3).astype(np.uint8)
    outputs = expit(rng.normal(2.0 * labels + 0.5 * numbers - 4, 1.0)).astype(np.float32)
    counts, scene = count_marks(outputs, labels, numbers, 6), outputs[::2]
    times = np.array([[1, 1, 1, 1, 1, 1], [3, 0, 0, 1, 2, 0], [0, 2, 1, 0, 1, 2]], float)
    together = landslide_shares(counts, scene, times, 0.1)
    for own, found in zip(times, together, strict=True):
        marks = np.repeat(np.arange(6), own.astype(int))
        alone = landslide_shares(counts.chosen(marks), scene, np.ones((1, len(marks))), 0.1)
        assert alone[0] == pytest.approx(found, rel=1e-9)
    assert len(set(together.round(6))) == 3


def test_what_is_expected_decides_where_outputs_tell_nothing() -> None:
    """Landslides and other ground look alike; the most likely share alone may be anything."""
    rng = np.random.default_rng(3)
    numbers = np.repeat(np.arange(1, 21), 200).astype(np.int32)
    labels = (numbers <= 10).astype(np.uint8)
    outputs, scene = (
        expit(rng.normal(size=size)).astype(np.float32) for size in (len(numbers), 50_000)
    )
    counts, times = count_marks(outputs, labels, numbers, 20), np.ones((1, 20))
    for expected in (0.03, 0.1):
        found = landslide_shares(counts, scene, times, expected)
        assert found[0] == pytest.approx(expected, rel=0.5)


def plain_share(samples: list[Float64], scene: Float64, around: float, expected: float) -> float:
    """The share by expectation and maximisation in twelve bins, one number after another.

    Args:
        samples: Logits in landslides, in the ground around them, and in other ground.
        scene: Logits in the scene.
        around: Pixels around a landslide for each of its own.
        expected: Share that is expected.
    """
    halves = [np.quantile(scene, 1 - 0.5**power) for power in range(1, 12)]
    edges = [min(step for step in LOGITS if step >= half) for half in halves]
    ends = [-np.inf, *sorted({*edges}), np.inf]
    bins = list(itertools.pairwise(ends))
    landslide, rim, other = (
        [
            (((low <= each) & (each < high)).sum() + 0.5) / (len(each) + 0.5 * len(bins))
            for low, high in bins
        ]
        for each in samples
    )
    seen = [((low <= scene) & (scene < high)).mean() for low, high in bins]
    share = 0.05
    for _ in range(200):
        near = min(0.9, share / (1 - share) * around)
        hits = 0.0
        for each, of_landslide, of_rim, of_other in zip(seen, landslide, rim, other, strict=True):
            bare = near * of_rim + (1 - near) * of_other
            hits += each * share * of_landslide / (share * of_landslide + (1 - share) * bare)
        share = min(max(0.9 * hits + 0.1 * min(expected, 0.1), 0.001), 0.5)
    return share


@pytest.mark.parametrize(
    ("landslides", "rim_px", "expected", "ground"),
    [
        (0.02, 40, 0.05, -2),
        (0.2, 40, 0.3, -2),
        (0.9, 15, 0.1, -2),
        (0.0, 40, 0.0, -2),
        (0.3, 300, 0.1, -2),
        (0.1, 40, 0.1, -12),
        (0.1, 40, 0.1, 12),
    ],
)
def test_shares_are_those_of_a_plain_computation(
    landslides: float, rim_px: int, expected: float, ground: float
) -> None:
    """Also where the network is so sure of most ground that bins have the same end."""
    rng, sizes = np.random.default_rng(4), (30, rim_px, 50)
    samples = [
        rng.normal(mean, 1.5, size) for mean, size in zip((2, 0, ground), sizes, strict=True)
    ]
    outputs = [expit(each).astype(np.float32) for each in samples]
    counts = count_marks(
        np.concatenate(outputs),
        np.repeat([1, 0, 0], sizes).astype(np.uint8),
        np.repeat([1, 1, 2], sizes).astype(np.int32),
        2,
    )
    number = int(2000 * landslides)
    parts = rng.normal(2, 1.5, number), rng.normal(ground, 1.5, 2000 - number)
    scene = expit(np.concatenate(parts)).astype(np.float32)
    found = landslide_shares(counts, scene, np.ones((1, 2)), expected)
    logits = [np.clip(logit(each.astype(float)), -9, 9) for each in (*outputs, scene)]
    plain = plain_share(logits[:3], logits[3], 3 * rim_px / 30, expected)
    assert found[0] == pytest.approx(plain, rel=1e-6)
