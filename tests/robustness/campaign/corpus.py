"""All inputs of the campaign, in one deterministic order."""

from __future__ import annotations

import random
from functools import cache

from robustness.campaign.item import Input
from robustness.campaign.kinds import (
    commands,
    intermediates,
    labels,
    options,
    outputs,
    parameters,
    tables,
    training_sets,
)
from robustness.campaign.kinds.fetching import inputs as fetches
from robustness.campaign.kinds.handing_on import catalogs, exports, stores
from robustness.campaign.kinds.rasters import inputs as rasters
from robustness.campaign.kinds.vectors import inputs as vectors
from robustness.campaign.kinds.weights import inputs as weights

_KINDS = (
    vectors,
    rasters,
    parameters,
    weights,
    labels,
    intermediates,
    options,
    tables,
    outputs,
    commands,
    training_sets,
    fetches,
    catalogs,
    exports,
    stores,
)


@cache
def corpus() -> tuple[Input, ...]:
    """Return all inputs."""
    items = tuple(item for kind in _KINDS for item in kind.inputs())
    names = [item.name for item in items]
    twice = (
        {name for name in names if names.count(name) > 1} if len(set(names)) < len(names) else ()
    )
    assert not twice, f"two inputs are called {sorted(twice)[0]}"
    return items


def sample(number: int, slow: int, seed: int = 1) -> tuple[Input, ...]:
    """Return some inputs of every kind and command.

    Args:
        number: How many.
        slow: How many of them may take seconds, as those that build a network do.
        seed: Of the choice.
    """
    groups: dict[tuple[str, str], list[Input]] = {}
    for item in random.Random(seed).sample(corpus(), len(corpus())):
        groups.setdefault((item.kind, item.command), []).append(item)
    chosen: list[Input] = []
    while len(chosen) < number and any(groups.values()):
        for group in groups.values():
            if not group or len(chosen) >= number:
                continue
            item = group.pop()
            if not item.is_slow or sum(one.is_slow for one in chosen) < slow:
                chosen.append(item)
    return tuple(chosen)
