"""States of the ground, the labels that show them and the changes that can happen."""

from __future__ import annotations

import numpy as np

from slidelens.types import Mask, UInt8

INTACT, LANDSLIDE, SCAR, BARE = range(4)
STATES = ("intact", "landslide", "scar", "bare")
NOT_LANDSLIDE = (INTACT, SCAR, BARE)
UNKNOWN = 255  # label of ground that nobody has mapped

# Ground that never failed is overgrown (intact) or bare; what failed stays landslide or scar.
ALLOWED = np.array(
    [
        [True, True, False, True],
        [False, True, True, False],
        [False, True, True, False],
        [True, True, False, True],
    ]
)


def possible_states(labels: UInt8) -> Mask:
    """Return the states that each label leaves possible.

    Ground without landslide is a scar if it was mapped as landslide before, otherwise intact or
    bare; after a date without label it may be any of the three.

    Args:
        labels: (dates, pixels) 0, 1 or UNKNOWN, in time order.

    Returns:
        (dates, states, pixels).
    """
    possible = np.ones((len(labels), len(STATES), labels.shape[1]), bool)
    failed, doubtful = np.zeros((2, labels.shape[1]), bool)
    for states, label in zip(possible, labels, strict=True):
        known, free = label != UNKNOWN, label == 0
        states[LANDSLIDE] = ~free
        states[SCAR] = ~known | (free & (failed | doubtful))
        states[[INTACT, BARE]] = ~known | (free & ~failed)
        failed |= label == 1
        doubtful |= ~known
    return possible
