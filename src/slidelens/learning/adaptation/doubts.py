"""Say when marks are too few, or too much alike, for their score to be trusted."""

from __future__ import annotations

from slidelens.escaping import counted
from slidelens.learning.adaptation.choice import Score

FEWEST_LANDSLIDES, FEWEST_BARE = 5, 5
WIDEST = 0.3  # interval of F1


def doubts(landslides: int, bare: int, score: Score) -> tuple[str, ...]:
    """Return why a score is not to be trusted; empty if it is.

    Args:
        landslides: Number of marked landslides.
        bare: Number of marked places without landslides.
        score: The score on marks held back.
    """
    found = []
    if landslides < FEWEST_LANDSLIDES:
        found.append(f"only {counted(landslides, 'landslide')} marked; mark {FEWEST_LANDSLIDES}")
    if bare < FEWEST_BARE:
        found.append(f"only {counted(bare, 'place')} without landslides marked; mark {FEWEST_BARE}")
    width = score.high - score.low
    if width > WIDEST:
        found.append(
            f"the interval of F1 is {width:.2f} wide, {WIDEST:g} is the most to trust; mark more"
        )
    return tuple(found)
