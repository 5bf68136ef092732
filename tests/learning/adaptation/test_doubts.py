"""When a score is not to be trusted."""

from __future__ import annotations

import pytest

from slidelens.learning.adaptation.choice import Score
from slidelens.learning.adaptation.doubts import doubts

NARROW, WIDE = Score(0.6, 0.5, 0.7), Score(0.6, 0.3, 0.8)


@pytest.mark.parametrize(
    ("landslides", "bare", "score", "expected"),
    [
        (10, 10, NARROW, []),
        (5, 5, NARROW, []),
        (4, 10, NARROW, ["only 4 landslides marked; mark 5"]),
        (10, 1, NARROW, ["only 1 place without landslides marked; mark 5"]),
        (10, 10, WIDE, ["the interval of F1 is 0.50 wide, 0.3 is the most to trust; mark more"]),
    ],
)
def test_too_few_marks_and_wide_intervals(
    landslides: int, bare: int, score: Score, expected: list[str]
) -> None:
    assert list(doubts(landslides, bare, score, 0.1, 0.04)) == expected


def test_marks_where_the_map_was_wrong_alone() -> None:
    """As deleted false alarms are: they do not say how much of the other ground is bare."""
    (doubt,) = doubts(400, 20, NARROW, 0.96, 0.038)
    assert doubt == (
        "the weights before map 96% of the ground marked as without landslides, but 3.8% of the"
        " scene; mark some that they do not map"
    )
    assert not doubts(400, 20, NARROW, 0.4, 0.038)
    assert not doubts(400, 20, NARROW, 0.7, 0.5), "weights that map nearly everything are wrong"
