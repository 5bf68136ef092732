"""Networks that take the change for nothing at first."""

from __future__ import annotations

import numpy as np
import pytest

from slidelens.learning.inference.starting import build_start
from slidelens.learning.networks.ensemble import build_members
from slidelens.learning.runtime import quiet_tensorflow
from slidelens.params.schema import ModelParams

BANDS = ("red", "change_red", "change_known", "nir")


@pytest.mark.parametrize("architecture", ["unet", pytest.param("resunet", marks=pytest.mark.long)])
def test_the_change_has_no_influence_at_first(architecture: str) -> None:
    quiet_tensorflow()
    model = ModelParams(architecture=architecture)  # type: ignore[arg-type]
    network = build_start(model, 2, BANDS, 1, seed=3)
    plain = build_members(model, 2, 2, 1, seed=3)
    pixels = np.random.default_rng(1).normal(size=(1, 32, 32, 4)).astype(np.float32)
    expected = plain(pixels[..., [0, 3]], training=False).numpy()
    np.testing.assert_allclose(network(pixels, training=False).numpy(), expected, atol=1e-5)
    assert expected.std() > 0


def test_without_the_change_it_is_any_network() -> None:
    quiet_tensorflow()
    network = build_start(ModelParams(), 2, ("red", "nir"), 2, seed=3)
    plain = build_members(ModelParams(), 2, 2, 2, seed=3)
    for one, other in zip(network.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
