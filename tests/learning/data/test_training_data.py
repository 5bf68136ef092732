"""Patches of several sources."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest

from slidelens.errors import SceneError
from slidelens.learning.data.patches import batches
from slidelens.learning.data.training_data import Mixture, TrainingData
from slidelens.types import Float32
from support.learning.trainings import STILL

LEARNING = STILL.model_copy(update={"patch": 16, "gain": 0.0, "offset": 0.0})


def source(
    value: float, label: int = 1, side: int = 48, tile_px: int | None = None
) -> TrainingData:
    """A source whose pixels tell it from others, with one landslide."""
    labels = np.zeros((side, side), np.uint8)
    labels[20:24, 20:24] = label
    return TrainingData(np.full((side, side, 2), value, np.float32), labels, tile_px)


def drawn(data: TrainingData | Mixture, number: int = 50) -> Float32:
    """The value of each of 4 × `number` patches."""
    some = islice(batches(data, LEARNING, 4, seed=1), number)
    return np.concatenate([pixels.max(axis=(1, 2, 3)) for pixels, _ in some]).round()


@pytest.mark.parametrize(("weights", "share"), [((1, 1), 0.5), ((3, 1), 0.25)])
def test_patches_are_drawn_by_weight_whatever_the_size(
    weights: tuple[float, float], share: float
) -> None:
    data = Mixture(("a", "b"), (source(1), source(2, side=96, tile_px=32)), weights)
    values = drawn(data, 200)
    assert set(values.tolist()) == {1, 2}
    assert (values == 2).mean() == pytest.approx(share, abs=0.05)


def test_one_source_is_drawn_as_if_alone() -> None:
    only = source(1)
    alone, mixed = (
        next(batches(data, LEARNING, 4, 1)) for data in (only, Mixture(("a",), (only,), (2.0,)))
    )
    for first, second in zip(alone, mixed, strict=True):
        np.testing.assert_array_equal(first, second)


def test_a_source_without_landslides_is_learnt_as_bare_ground() -> None:
    data = Mixture(("a", "b"), (source(1), source(2, label=0)), (1, 1))
    pixels, labels = (
        np.concatenate(both)
        for both in zip(*islice(batches(data, LEARNING, 4, 1), 30), strict=True)
    )
    bare = pixels.max(axis=(1, 2, 3)).round() == 2
    assert 0.3 < bare.mean() < 0.7
    assert not (labels[bare] == 1).any()
    assert (labels[~bare] == 1).any()


def test_sources_that_teach_nothing_are_refused() -> None:
    with pytest.raises(SceneError, match="no source has a landslide pixel"):
        drawn(Mixture(("a", "b"), (source(1, label=0), source(2, label=0)), (1, 1)))
    unknown = TrainingData(np.ones((48, 48, 2), np.float32), np.full((48, 48), 255, np.uint8))
    with pytest.raises(SceneError, match="b has no known pixel in its training blocks"):
        drawn(Mixture(("a", "b"), (source(1), unknown), (1, 1)))


def test_outlines_are_masked_in_each_source() -> None:
    masked = Mixture(("a", "b"), (source(1), source(2)), (1, 1)).mask_outlines(1)
    assert [(one.labels == 255).sum() for one in masked.sources] == [12 + 16, 12 + 16]
