"""Augmentation: random affine maps, and radiometric jitter."""

from __future__ import annotations

import numpy as np
import pytest

from slidelens.learning.data.augmentation import jitter, random_matrix
from slidelens.types import Float64
from support.learning.trainings import LEARNING, STILL


def matrices(changes: dict[str, object], count: int = 200) -> list[Float64]:
    rng = np.random.default_rng(1)
    return [random_matrix(rng, STILL.model_copy(update=changes)) for _ in range(count)]


def test_without_augmentation_it_is_the_identity() -> None:
    np.testing.assert_allclose(matrices({}, 1)[0], np.eye(2))


def test_rotations_turn_both_ways_and_keep_lengths() -> None:
    rotations = matrices({"rotation_deg": 30.0})
    angles = np.degrees([np.arctan2(matrix[1, 0], matrix[0, 0]) for matrix in rotations])
    assert angles.min() < -20
    assert angles.max() > 20
    assert np.abs(angles).max() <= 30
    np.testing.assert_allclose(
        [matrix @ matrix.T for matrix in rotations], [np.eye(2)] * len(rotations), atol=1e-12
    )


def test_shear_keeps_areas_and_stays_within_its_angle() -> None:
    sheared = matrices({"shear_deg": 10.0})
    np.testing.assert_allclose([np.linalg.det(matrix) for matrix in sheared], 1)
    slopes = np.array([matrix[0, 1] for matrix in sheared])
    assert 0.8 * np.tan(np.radians(10)) < np.abs(slopes).max() <= np.tan(np.radians(10))


def test_flips_are_all_four() -> None:
    assert {tuple(np.diag(matrix)) for matrix in matrices({"flips": True})} == {
        (1, 1),
        (1, -1),
        (-1, 1),
        (-1, -1),
    }


def test_scale_stays_within_its_share() -> None:
    scales = [matrix[0, 0] for matrix in matrices({"scale": 0.2})]
    assert 0.8 <= min(scales) < 0.85
    assert 1.15 < max(scales) <= 1.2


def test_jitter_is_one_gain_and_offset_a_band() -> None:
    pixels = np.random.default_rng(1).normal(size=(9, 9, 3)).astype(np.float32)
    jittered = jitter(pixels, np.random.default_rng(2), LEARNING)
    assert jittered.dtype == np.float32
    for band in range(3):
        gain, offset = np.polyfit(pixels[..., band].ravel(), jittered[..., band].ravel(), 1)
        assert abs(gain - 1) <= LEARNING.gain
        assert abs(offset) <= LEARNING.offset
        np.testing.assert_allclose(
            jittered[..., band], pixels[..., band] * gain + offset, atol=1e-5
        )


def test_hidden_pixels_stay_hidden() -> None:
    pixels = np.random.default_rng(1).normal(size=(9, 9, 3)).astype(np.float32)
    pixels[3:5] = 0
    jittered = jitter(pixels, np.random.default_rng(2), LEARNING)
    assert not jittered[3:5].any()
    assert jittered[:3].any()


@pytest.mark.parametrize("seed", range(3))
def test_no_jitter_changes_nothing(seed: int) -> None:
    pixels = np.random.default_rng(1).normal(size=(9, 9, 3)).astype(np.float32)
    no_jitter = LEARNING.model_copy(update={"gain": 0.0, "offset": 0.0})
    np.testing.assert_array_equal(jitter(pixels, np.random.default_rng(seed), no_jitter), pixels)
