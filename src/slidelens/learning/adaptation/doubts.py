"""Say when marks are too few, or too one-sided, for their score to be trusted."""

from __future__ import annotations

from slidelens.escaping import counted
from slidelens.learning.adaptation.choice import Score

FEWEST_LANDSLIDES, FEWEST_BARE = 5, 5
WIDEST = 0.3  # interval of F1
_MOST_MAPPED, _TIMES_THE_SCENE = 0.5, 2.0  # share of the bare ground that the start maps


def doubts(
    landslides: int, bare: int, score: Score, bare_mapped: float, scene_mapped: float
) -> tuple[str, ...]:
    """Return why a score is not to be trusted; empty if it is.

    Args:
        landslides: Number of marked landslides.
        bare: Number of marked places without landslides.
        score: The score on marks held back.
        bare_mapped: Share of the ground in these places that the start maps as landslide.
        scene_mapped: Share of the scene that the start maps.
    """
    found = []
    if landslides < FEWEST_LANDSLIDES:
        found.append(f"only {counted(landslides, 'landslide')} marked; mark {FEWEST_LANDSLIDES}")
    if bare < FEWEST_BARE:
        found.append(f"only {counted(bare, 'place')} without landslides marked; mark {FEWEST_BARE}")
    if bare_mapped > max(_MOST_MAPPED, _TIMES_THE_SCENE * scene_mapped):
        found.append(
            f"the weights before map {bare_mapped:.0%} of the ground marked as without landslides,"
            f" but {scene_mapped:.1%} of the scene; mark some that they do not map"
        )
    width = score.high - score.low
    if width > WIDEST:
        found.append(
            f"the interval of F1 is {width:.2f} wide, {WIDEST:g} is the most to trust; mark more"
        )
    return tuple(found)
