"""The generic weights of the package."""

from __future__ import annotations

import json

import pytest

from slidelens.api.generic import SCORES, describe_generic_weights, generic_weights, licence_of
from slidelens.errors import ParamsError


def test_they_are_small_and_of_bands_that_every_camera_has() -> None:
    network = generic_weights()
    assert network.path.stat().st_size <= 2 * 2**20
    assert network.bands == ("red", "green", "blue")
    assert network.pixel_m == 10
    assert set(network.trained_on) == {"taiwan", "kodagu", "iburi"}


@pytest.mark.parametrize("text", ["a\udce9b", "MIT\nApache-2.0", "\u202etxet"])
def test_a_licence_is_a_line_of_text(text: str) -> None:
    with pytest.raises(ParamsError, match=r"^licence \(--licence\) is .*; write it in one line"):
        licence_of(generic_weights(), text)
    assert licence_of(generic_weights(), "CC-BY-4.0") == "CC-BY-4.0"
    assert licence_of(generic_weights(), "") == "MIT"


def test_one_line_says_how_good_they_are_elsewhere() -> None:
    regions = json.loads(SCORES.read_text(encoding="utf-8"))["regions"]
    line = describe_generic_weights()
    assert "\n" not in line
    for name, scores in regions.items():
        assert f"{name} {scores['f1']:.2f}" in line
