"""The side of the tiles that a network is computed on, and the memory that one needs."""

from __future__ import annotations

from slidelens.learning.inference.plans.extents import Extents, scales_of
from slidelens.learning.inference.plans.plan import Plan, Step

_BYTES = 4  # of a value
_LARGEST_BYTES = 450_000_000  # of all results that are alive at once
_COPIES_TO_NORMALISE = 3
_LARGEST_SIDE, _STEP = 1024, 64  # of a core, pixels


def core_side_of(plan: Plan, extents: Extents | None, margin: int) -> int:
    """Return the largest side of the core of a tile, pixels.

    It depends on the architecture, filters and bands alone, so that maps do not depend on the
    memory of a machine.

    Args:
        plan: Steps of the network.
        extents: Extents of their results; None if the whole tile is computed.
        margin: Margin of a tile, pixels.
    """
    sides = range(_LARGEST_SIDE, _STEP, -_STEP)
    fitting = (side for side in sides if tile_bytes(plan, extents, margin, side) <= _LARGEST_BYTES)
    return next(fitting, _STEP)


def tile_bytes(plan: Plan, extents: Extents | None, margin: int, side: int) -> int:
    """Return the memory of a network's results while it is computed on a tile, bytes.

    Args:
        plan: Steps of the network.
        extents: Extents of their results; None if the whole tile is computed.
        margin: Margin of a tile, pixels.
        side: Side of the core, pixels.
    """
    scale, channels = scales_of(plan), _channels(plan)
    last_use = {name: number for number, step in enumerate(plan.steps) for name in step.inputs}

    def size_bytes(name: str) -> int:
        around = margin // scale[name] if extents is None else extents.available[name]
        return _BYTES * channels[name] * (side // scale[name] + 2 * around) ** 2

    alive, most = size_bytes(plan.image), 0
    for number, step in enumerate(plan.steps):
        alive += size_bytes(step.name)
        cut = extents is not None and any(any(extents.crop(step, name)) for name in step.inputs)
        copies = sum(map(size_bytes, step.inputs)) if cut else 0
        if step.kind == "group_normalisation":
            copies = _COPIES_TO_NORMALISE * size_bytes(step.name)
        most = max(most, alive + copies)
        alive -= sum(size_bytes(name) for name in set(step.inputs) if last_use[name] == number)
    return most


def _channels(plan: Plan) -> dict[str, int]:
    """Return the channels of each result by name."""
    channels = {plan.image: plan.bands}
    for step in plan.steps:
        channels[step.name] = _channels_after(step, [channels[name] for name in step.inputs])
    return channels


def _channels_after(step: Step, given: list[int]) -> int:
    if step.kind == "concatenate":
        return sum(given)
    if step.kernel is None or step.kernel.ndim == 1:
        return max(given)
    return int(step.kernel.shape[2 if step.kind == "transposed" else 3])
