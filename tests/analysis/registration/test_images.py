"""The shift between images of one ground, of a known subpixel size."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from slidelens.analysis.registration.images import choose_windows, image_shift, sample_edges
from slidelens.analysis.registration.shift import Shift
from slidelens.types import Float32, Mask
from support.images.registration import shifted_ground

SIDE = 320
EVERYWHERE = np.ones((SIDE, SIDE), bool)


def measured(
    reference: Float32, image: Float32, valid: Mask = EVERYWHERE, ground: Mask = EVERYWHERE
) -> Shift | None:
    windows = choose_windows(ground)
    first = sample_edges(lambda part: reference[part], ground, windows)
    return image_shift(first, sample_edges(lambda part: image[part], ground & valid, windows))


def noise(seed: int, size: float = 20) -> Float32:
    return np.random.default_rng(seed).normal(0, size, (SIDE, SIDE, 3)).astype(np.float32)


@pytest.mark.parametrize("true", [(0.0, 0.0), (0.3, -0.7), (-1.5, 0.45), (6.2, -9.6)])
def test_a_subpixel_shift_is_found(true: tuple[float, float]) -> None:
    image = shifted_ground(SIDE, *true) + noise(1)
    found = measured(shifted_ground(SIDE, 0, 0) + noise(2), image)
    assert found is not None
    assert (found.down_px, found.right_px) == pytest.approx(true, abs=0.06)
    assert max(np.ptp(found.down_interval), np.ptp(found.right_interval)) < 0.1


def half_missing(image: Float32) -> tuple[Float32, Mask]:
    valid = np.indices((SIDE, SIDE)).sum(axis=0) < SIDE
    return np.where(valid[..., None], image, 0), valid


def other_light(image: Float32) -> tuple[Float32, Mask]:
    rows = np.linspace(0.5, 1.5, SIDE, dtype=np.float32)[:, None, None]
    return (image * rows * np.array([0.3, 2, 1], np.float32) + 700).astype(np.float32), EVERYWHERE


def inverted(image: Float32) -> tuple[Float32, Mask]:
    return 3000 - image, EVERYWHERE


def landslides(image: Float32) -> tuple[Float32, Mask]:
    """A quarter of the ground is changed, in patches, which lie where they are."""
    field = gaussian_filter(np.random.default_rng(5).normal(size=(SIDE, SIDE)), 6)
    return image + 600 * (field > np.quantile(field, 0.75))[..., None].astype(
        np.float32
    ), EVERYWHERE


@pytest.mark.parametrize("change", [half_missing, other_light, inverted, landslides])
def test_what_else_differs_does_not_matter(
    change: Callable[[Float32], tuple[Float32, Mask]],
) -> None:
    true = (0.6, -0.35)
    image, valid = change(shifted_ground(SIDE, *true) + noise(1))
    found = measured(shifted_ground(SIDE, 0, 0) + noise(2), image, valid)
    assert found is not None
    assert (found.down_px, found.right_px) == pytest.approx(true, abs=0.1)


def test_other_ground_cannot_be_told() -> None:
    assert measured(shifted_ground(SIDE, 0, 0), shifted_ground(SIDE, 0, 0, seed=9)) is None


def test_ground_without_texture_cannot_be_told() -> None:
    flat = np.full((SIDE, SIDE, 3), 500, np.float32)
    assert measured(flat, flat) is None


def test_too_little_common_ground_cannot_be_told() -> None:
    ground = shifted_ground(SIDE, 0, 0)
    few = EVERYWHERE.copy()
    few[:, 80:] = few[:160] = False
    assert measured(ground, ground, few) is None


def test_pixels_off_the_ground_have_no_influence() -> None:
    ground = np.zeros((SIDE, SIDE), bool)
    ground[:, : SIDE // 2] = ground[: SIDE // 2] = True
    reference, image = shifted_ground(SIDE, 0, 0), shifted_ground(SIDE, 0.4, 0.4) + noise(1)
    other = np.where(ground[..., None], image, 5000 - 3 * image)
    assert measured(reference, image, ground=ground) == measured(reference, other, ground=ground)
