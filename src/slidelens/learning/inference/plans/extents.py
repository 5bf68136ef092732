"""Which part of each intermediate result the core of a tile needs.

An extent is counted in pixels of that result around the core, at its own resolution. Only as much
is computed, by convolutions without padding, so that the values of the core are those of the whole
tile.
"""

from __future__ import annotations

from dataclasses import dataclass

from slidelens.learning.inference.plans.plan import Plan, Step
from slidelens.learning.networks.layers import round_up_to_stride


@dataclass(frozen=True)
class Extents:
    """Extents of the results of a network.

    Attributes:
        available: Extent of each result by name, pixels around the core at its resolution.
        needed: For each step by name the extent that it takes of its inputs: pixels before and
            after the core.
        scale: Pixels of the image per pixel of a result, by name.
    """

    available: dict[str, int]
    needed: dict[str, tuple[int, int]]
    scale: dict[str, int]

    def crop(self, step: Step, name: str) -> tuple[int, int]:
        """Return how many pixels to cut off an input before and after, along each axis."""
        before, after = self.needed[step.name]
        return self.available[name] - before, self.available[name] - after


def margin_of(plan: Plan, extents: Extents) -> int:
    """Return the margin of a tile, pixels: what the core needs, rounded up to the stride."""
    return round_up_to_stride(extents.available[plan.image])


def extents_of(plan: Plan) -> Extents | None:
    """Return the extents of a network; None if a step needs the whole tile."""
    if any(step.kind == "group_normalisation" for step in plan.steps):
        return None
    least = {plan.steps[-1].name: 0}
    needed: dict[str, tuple[int, int]] = {}
    available: dict[str, int] = {}
    for step in reversed(plan.steps):
        extent = least[step.name]
        needed[step.name] = before, after = _reach(step, extent)
        doubled = step.kind in {"transposed", "nearest", "bilinear"}
        available[step.name] = 2 * after if doubled else extent
        for name in step.inputs:
            least[name] = max(least.get(name, 0), before, after)
    available[plan.image] = least[plan.image]
    return Extents(available, needed, scales_of(plan))


def scales_of(plan: Plan) -> dict[str, int]:
    """Return the pixels of the image per pixel of each result, by name."""
    scale = {plan.image: 1}
    for step in plan.steps:
        given = scale[step.inputs[0]]
        up = step.kind in {"transposed", "nearest", "bilinear"}
        scale[step.name] = given // step.stride if up else given * step.stride
    return scale


def _reach(step: Step, extent: int) -> tuple[int, int]:
    """Return the extent of the inputs, before and after the core, that an extent needs."""
    half = -(-extent // 2)
    if step.kind in {"transposed", "nearest"}:
        return half, half
    if step.kind == "bilinear":
        return half + 1, half + 1
    if step.kind not in {"convolution", "pool"}:
        return extent, extent
    # Along even sides, TensorFlow pads (size − stride) pixels, the larger half of them after.
    padding = max(0, step.size - step.stride)
    return (
        step.stride * extent + padding // 2,
        step.stride * extent + padding - padding // 2,
    )
