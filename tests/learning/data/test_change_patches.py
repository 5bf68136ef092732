"""Training patches with the change since an earlier image."""

from __future__ import annotations

from itertools import islice

import numpy as np

from slidelens.dataset.change_channels import ChangeLayout
from slidelens.learning.data.augmentation import HIDDEN_SHARE, jitter, jitter_with_change
from slidelens.learning.data.patches import batches
from slidelens.learning.data.training_data import TrainingData
from slidelens.types import Float32
from support.learning.trainings import LEARNING, ground

NAMES = ("green", "red", "nir", "change_green", "change_red", "change_nir", "change_known")
LAYOUT = ChangeLayout.of(NAMES)
assert LAYOUT is not None
SMALL = LEARNING.model_copy(update={"patch": 32})


def changed_ground() -> TrainingData:
    """`ground` with a change that is known in the northern half."""
    data = ground()
    pixels = np.asarray(data.pixels, np.float32)
    known = np.broadcast_to(np.arange(96)[:, None] < 48, (96, 96)).astype(np.float32)
    more = np.concatenate([pixels, 2 * pixels * known[..., None], known[..., None]], axis=-1)
    return TrainingData(more, data.labels, change=LAYOUT)


def jittered(pixels: Float32, seed: int = 1) -> Float32:
    assert LAYOUT is not None
    generators = np.random.default_rng(seed), np.random.default_rng((seed, 1))
    return jitter_with_change(pixels, LAYOUT, *generators, LEARNING)


def test_the_image_is_jittered_as_without_the_change() -> None:
    pixels = np.asarray(changed_ground().pixels)
    expected = jitter(pixels[..., :3], np.random.default_rng(1), LEARNING)
    np.testing.assert_array_equal(jittered(pixels)[..., :3], expected)


def test_no_change_stays_no_change_and_the_rest_gets_a_gain() -> None:
    pixels = np.asarray(changed_ground().pixels).copy()
    pixels[:5, :, 3:6] = 0
    shown = [result for seed in range(9) if (result := jittered(pixels, seed))[..., -1].any()]
    assert len(shown) > 3
    for result in shown:
        assert not result[:5, :, 3:6].any()
        np.testing.assert_array_equal(result[..., -1], pixels[..., -1])
        gains = result[5:48, :, 3:6] / pixels[5:48, :, 3:6]
        np.testing.assert_allclose(gains, np.broadcast_to(gains[0, 0], gains.shape), rtol=1e-4)
        assert (np.abs(gains - 1) <= LEARNING.gain).all()


def test_a_change_that_is_interpolated_with_missing_ground_is_missing() -> None:
    pixels = np.asarray(changed_ground().pixels).copy()
    pixels[10:12, :, -1] = 0.5
    for result in (jittered(pixels, seed) for seed in range(4)):
        assert not result[10:12, :, 3:].any()


def test_the_change_of_some_patches_is_hidden() -> None:
    pixels = np.asarray(changed_ground().pixels)[:8]
    hidden = [not jittered(pixels, seed)[..., 3:].any() for seed in range(300)]
    assert abs(np.mean(hidden) - HIDDEN_SHARE) < 0.06


def test_patches_know_the_change_or_not() -> None:
    drawn = np.concatenate(
        [pixels for pixels, _ in islice(batches(changed_ground(), SMALL, 8, 1), 5)]
    )
    known = drawn[..., -1]
    assert set(np.unique(known)) == {0, 1}
    assert not drawn[known == 0][:, 3:].any()


def test_patches_are_those_without_the_change() -> None:
    data = changed_ground()
    plain = TrainingData(np.asarray(data.pixels)[..., :3], data.labels)
    for (more, labels), (less, others) in islice(
        zip(batches(data, SMALL, 4, 1), batches(plain, SMALL, 4, 1), strict=True), 5
    ):
        np.testing.assert_array_equal(more[..., :3], less)
        np.testing.assert_array_equal(labels, others)
