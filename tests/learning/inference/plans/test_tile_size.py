"""The side of tiles depends on the network alone."""

from __future__ import annotations

import pytest

from slidelens.learning.inference.plans.extents import extents_of, margin_of
from slidelens.learning.inference.plans.plan import Plan, Step, plan_of
from slidelens.learning.inference.plans.tile_size import core_side_of, tile_bytes
from slidelens.learning.networks.registry import build_network
from slidelens.learning.runtime import quiet_tensorflow
from slidelens.params.schema import ModelParams


def sides(architecture: str, *filters: int) -> list[int]:
    quiet_tensorflow()
    model = ModelParams(architecture=architecture)  # type: ignore[arg-type]
    found = []
    for number in filters:
        plan = plan_of(build_network(model, number, 5))
        extents = extents_of(plan)
        assert extents is not None
        margin = margin_of(plan, extents)
        found.append(core_side_of(plan, extents, margin))
        assert tile_bytes(plan, extents, margin, found[-1]) <= 450_000_000
    return found


def test_wider_networks_have_smaller_tiles() -> None:
    assert sides("unet", 2, 16, 32) == [1024, 960, 640]


@pytest.mark.parametrize("architecture", ["attention_unet", "resunet", "unet_plus_plus"])
def test_all_architectures_have_tiles_of_many_pixels(architecture: str) -> None:
    assert all(side >= 448 and side % 64 == 0 for side in sides(architecture, 16))


def test_group_normalisation_needs_memory_for_more_copies() -> None:
    plan = Plan("image", 8, (Step("group_normalisation", "norm", ("image",), groups=2),))
    assert tile_bytes(plan, extents_of(plan), 16, 64) == 5 * 4 * 8 * 96**2


def test_the_memory_of_a_tile_is_that_of_the_results_alive_at_once() -> None:
    """By hand: a pool of 3 bands, then both are needed: 3 · 64² + 3 · 32² values of 4 bytes."""
    plan = Plan("image", 3, (Step("pool", "pool", ("image",), size=2, stride=2),))
    assert tile_bytes(plan, extents_of(plan), 0, 64) == 4 * 3 * (64**2 + 32**2)
