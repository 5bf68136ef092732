"""What becomes of the landslides from date to date: how many are new, which grow, shrink, heal and wake again."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

STATES = ("new", "expanded", "reactivated", "persistent", "shrinking", "healed", "unobserved")


@dataclass(frozen=True)
class Event:
    """What a landslide is like at a date.

    state: one of STATES but `unobserved`, which depends on the image
    area_share: its open area over its first area; 0 when healed
    freshness: 1 bare and raw, 0 grown over
    """

    date: str
    state: str
    area_share: float
    freshness: float


History = tuple[Event, ...]


@dataclass(frozen=True)
class _Now:
    area_share: float
    freshness: float
    open: bool


def newcomers(counts: dict[str, int]) -> list[int]:
    """The most new landslides that each date can need."""
    values = list(counts.values())
    return [values[0], *(_newcomers(before, now) for before, now in pairwise(values))]


def _healing(before: int, now: int) -> int:
    """Some always heal; where the count falls more do, and a few new ones still come."""
    return min(before, max(round(0.10 * before), before - now + round(0.07 * now)))


def _newcomers(before: int, now: int) -> int:
    return now - (before - _healing(before, now))


def tell_histories(
    counts: dict[str, int], areas_m2: NDArray[np.float64], rng: np.random.Generator
) -> list[History]:
    """A history for each landslide, so that as many are open at each date as `counts` says.

    counts: open landslides by date, in time order
    areas_m2: (n,) first areas, in order of occurrence; n at least the sum of `newcomers(counts)`
    Returns a history for each landslide that occurs, in order of first occurrence.
    """
    now: list[_Now] = []
    told: list[list[Event]] = []
    before = 0
    for number, (date, count) in enumerate(counts.items()):
        healing = _healing(before, count)
        _let_heal(now, told, areas_m2, date, healing, rng)
        woken = _wake(now, told, date, count - before + healing, rng)
        for _ in range(count - before + healing - woken):
            state = _Now(1.0, float(rng.uniform(0.45, 1.0)) if number == 0 else 1.0, True)
            now.append(state)
            told.append([Event(date, "new", 1.0, state.freshness)])
        before = count
    return [tuple(history) for history in told]


def _let_heal(
    now: list[_Now],
    told: list[list[Event]],
    areas_m2: NDArray[np.float64],
    date: str,
    healing: int,
    rng: np.random.Generator,
) -> None:
    """Small and old ones heal first; the others go on."""
    alive = np.array([i for i, state in enumerate(now) if state.open], dtype=int)
    order = np.argsort(
        [np.log(areas_m2[i]) + 1.5 * now[i].freshness + rng.normal(0, 0.7) for i in alive],
        kind="stable",
    )
    heals = set(alive[order[:healing]].tolist())
    for i in alive.tolist():
        now[i], state = (_Now(0.0, 0.25, False), "healed") if i in heals else _goes_on(now[i], rng)
        told[i].append(Event(date, state, now[i].area_share, now[i].freshness))


def _goes_on(now: _Now, rng: np.random.Generator) -> tuple[_Now, str]:
    """An open landslide stays, grows, is stirred again, or shrinks as plants come back from its edges."""
    freshness = max(0.35, now.freshness - float(rng.uniform(0.08, 0.25)))
    chance = rng.random()
    if chance < 0.18 and now.area_share < 1.15:
        return _Now(
            now.area_share * float(rng.uniform(1.25, 1.45)), float(rng.uniform(0.85, 1.0)), True
        ), "expanded"
    if chance < 0.24 and now.area_share < 0.8:
        return _Now(1.0, 1.0, True), "reactivated"
    if chance < 0.52 and now.area_share > 0.5:
        return _Now(now.area_share * float(rng.uniform(0.65, 0.82)), freshness, True), "shrinking"
    return _Now(now.area_share, freshness, True), "persistent"


def _wake(
    now: list[_Now], told: list[list[Event]], date: str, wanted: int, rng: np.random.Generator
) -> int:
    """Healed landslides that fail again on the same ground: up to a third of those that come."""
    asleep = [i for i, state in enumerate(now) if not state.open and told[i][-1].date != date]
    woken = rng.permutation(asleep)[: max(0, wanted) // 3].astype(int).tolist()
    for i in woken:
        now[i] = _Now(float(rng.uniform(0.8, 1.2)), 1.0, True)
        told[i].append(Event(date, "reactivated", now[i].area_share, 1.0))
    return len(woken)
