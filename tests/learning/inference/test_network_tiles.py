"""One symmetry everywhere, the others where they may change the answer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from slidelens.learning.inference.calibration import Calibration
from slidelens.learning.inference.network_tiles import NetworkTiles, quiet_below
from slidelens.learning.inference.symmetries import average_symmetries
from slidelens.types import Float32

MARGIN = 16
LINE = Calibration((-9.0, 9.0), (-17.5, 18.5))


class Shadow:
    """A network whose output is the pixel, and a tenth of its left neighbour, which turns with it.

    It counts the pixels that it has computed.
    """

    def __init__(self, factor: float = 1.0) -> None:
        self.factor, self.computed = factor, 0

    def __call__(self, pixels: Float32) -> Float32:
        values = pixels[..., 0] * self.factor + 0.1 * np.roll(pixels[..., 0], 1, axis=1)
        core: Float32 = values[MARGIN:-MARGIN, MARGIN:-MARGIN]
        self.computed += core.size
        return core


def scene(height: int = 512, width: int = 768, *bright: tuple[int, int]) -> Float32:
    pixels = np.random.default_rng(1).uniform(
        0.001, 0.01, (height + 2 * MARGIN, width + 2 * MARGIN, 1)
    )
    for row, column in bright:
        pixels[MARGIN + row : MARGIN + row + 3, MARGIN + column, 0] = 0.8
    return pixels.astype(np.float32)


def tiles(*members: Shadow, **changes: Any) -> NetworkTiles:
    made = NetworkTiles(MARGIN, 1024, members or (Shadow(),), symmetries=4, quiet=0.05)
    return replace(made, **changes)


def averaged(pixels: Float32, symmetries: int, calibration: Calibration, *factors: float) -> Any:
    """By the function of windows, whole."""

    def network(windows: Float32) -> Float32:
        values = windows[..., 0]
        outputs = [factor * values + 0.1 * np.roll(values, 1, axis=2) for factor in factors]
        return outputs[0] if len(outputs) == 1 else np.stack(outputs, axis=-1)

    values = average_symmetries(network, symmetries, calibration)(pixels[None])[0]
    core = values[MARGIN:-MARGIN, MARGIN:-MARGIN]
    return core[..., 0], core[..., 1]


@pytest.mark.parametrize("symmetries", [4, 8])
@pytest.mark.parametrize("calibration", [Calibration(), LINE])
@pytest.mark.parametrize("factors", [(1.0,), (1.0, 0.7)])
def test_without_a_quiet_level_all_symmetries_are_averaged_everywhere(
    symmetries: int, calibration: Calibration, factors: tuple[float, ...]
) -> None:
    pixels = scene(48, 64, (3, 5))
    predictor = tiles(
        *map(Shadow, factors), symmetries=symmetries, calibration=calibration, quiet=0.0
    )
    output, deviation = predictor.predict(pixels)
    mean, spread = averaged(pixels, symmetries, calibration, *factors)
    assert deviation is not None
    np.testing.assert_allclose(output, mean, atol=1e-6)
    np.testing.assert_allclose(deviation, spread, atol=1e-5)


def test_quiet_blocks_keep_the_first_symmetry_and_the_others_get_all() -> None:
    pixels, member = scene(512, 768, (300, 300)), Shadow()
    output, deviation = tiles(member).predict(pixels)
    assert deviation is not None
    mean, spread = averaged(pixels, 4, Calibration(), 1.0)
    block = np.zeros(output.shape, bool)
    block[256:512, 256:512] = True
    np.testing.assert_allclose(output[block], mean[block], atol=1e-6)
    np.testing.assert_allclose(deviation[block], spread[block], atol=1e-6)
    np.testing.assert_array_equal(output[~block], Shadow()(pixels)[~block])
    assert (deviation[~block] == 0).all()
    assert member.computed == 512 * 768 + 3 * 256 * 256


def test_where_most_blocks_matter_the_whole_tile_is_computed() -> None:
    bright = [(10, 10), (10, 300), (10, 600), (300, 10)]
    pixels, member = scene(512, 768, *bright), Shadow()
    output, _ = tiles(member).predict(pixels)
    np.testing.assert_allclose(output, averaged(pixels, 4, Calibration(), 1.0)[0], atol=1e-6)
    assert member.computed == 4 * 512 * 768


def test_a_network_that_needs_its_whole_tile_gets_it() -> None:
    member = Shadow()
    tiles(member, divisible=False).predict(scene(512, 768, (300, 300)))
    assert member.computed == 4 * 512 * 768


def test_every_member_may_say_that_a_block_matters() -> None:
    blind, seeing = Shadow(0.0), Shadow()
    output, _ = tiles(blind, seeing).predict(scene(512, 768, (300, 300)))
    assert blind.computed == seeing.computed == 512 * 768 + 3 * 256 * 256
    assert output.max() == pytest.approx(0.4, abs=0.05)


def test_a_block_matters_from_the_quiet_level_on_whatever_the_mean_of_the_members() -> None:
    pixels = np.zeros((512 + 2 * MARGIN, 768 + 2 * MARGIN, 1), np.float32)
    pixels[MARGIN + 300, MARGIN + 300] = 0.0625
    blind, seeing = Shadow(0.0), Shadow()
    tiles(blind, seeing, quiet=0.0625).predict(pixels)
    assert blind.computed == seeing.computed == 512 * 768 + 3 * 256 * 256


def test_half_of_the_blocks_are_computed_one_by_one() -> None:
    pixels, member = scene(512, 768, (10, 10), (10, 300), (10, 600)), Shadow()
    output, _ = tiles(member).predict(pixels)
    np.testing.assert_array_equal(output[256:], Shadow()(pixels)[256:])
    assert member.computed == 512 * 768 + 3 * 256 * 768


def test_members_without_symmetries_have_a_deviation() -> None:
    pixels = scene(32, 48)
    output, deviation = tiles(Shadow(), Shadow(0.5), symmetries=1).predict(pixels)
    first, second = Shadow()(pixels), Shadow(0.5)(pixels)
    assert deviation is not None
    np.testing.assert_allclose(output, (first + second) / 2, rtol=1e-5)
    np.testing.assert_allclose(deviation, np.abs(first - second) / 2, rtol=1e-3)


def test_one_network_and_one_symmetry_have_no_deviation() -> None:
    pixels = scene(32, 48)
    output, deviation = tiles(symmetries=1).predict(pixels)
    assert deviation is None
    np.testing.assert_array_equal(output, Shadow()(pixels))


def test_the_quiet_level_stays_far_below_the_threshold() -> None:
    assert quiet_below(0.5) == 0.05
    assert quiet_below(0.04) == 0.01


def test_a_predictor_says_what_its_results_depend_on() -> None:
    description = {"engine": "tensorflow", "precision": "float32"}
    assert tiles(description=description).describe() == {
        **description,
        "symmetries": 4,
        "one_symmetry_below": "0.05",
    }
