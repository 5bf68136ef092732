"""States that labels leave possible."""

from __future__ import annotations

import numpy as np

from slidelens.analysis.revision.states import STATES, UNKNOWN, possible_states


def possible(*labels: int) -> list[set[str]]:
    """Return the possible states at each date of a pixel with these labels."""
    mask = possible_states(np.array(labels, np.uint8)[:, None])[..., 0]
    return [{STATES[number] for number in np.flatnonzero(states)} for states in mask]


def test_ground_without_landslide_is_a_scar_once_it_was_one() -> None:
    assert possible(0, 1, 0) == [{"intact", "bare"}, {"landslide"}, {"scar"}]


def test_unlabelled_ground_may_be_anything_and_may_have_failed_since() -> None:
    assert possible(UNKNOWN, 0) == [set(STATES), {"intact", "bare", "scar"}]
    assert possible(1, UNKNOWN, 0)[2] == {"scar"}
