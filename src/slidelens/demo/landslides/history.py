"""Histories of landslides: which are new at a date, and which grow, shrink, heal or reactivate."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from slidelens.types import Float64

STATES = ("new", "expanded", "reactivated", "persistent", "shrinking", "healed", "unobserved")


@dataclass(frozen=True)
class Event:
    """A landslide at a date.

    Attributes:
        date: label of the date.
        state: one of STATES except `unobserved`, which depends on the image.
        area_share: bare area over initial area; 0 when healed.
        freshness: 1 for bare debris, 0 for overgrown ground.
    """

    date: str
    state: str
    area_share: float
    freshness: float


History = tuple[Event, ...]


@dataclass(frozen=True)
class _Condition:
    area_share: float
    freshness: float
    open: bool


def max_newcomers(counts: dict[str, int]) -> list[int]:
    """Return the largest number of new landslides that each date can need."""
    values = list(counts.values())
    return [values[0], *(_max_new(before, now) for before, now in pairwise(values))]


def _healing_count(before: int, now: int) -> int:
    """Return how many heal: always some, more where the count falls, so that a few are new."""
    return min(before, max(round(0.10 * before), before - now + round(0.07 * now)))


def _max_new(before: int, now: int) -> int:
    return now - (before - _healing_count(before, now))


def simulate_histories(
    counts: dict[str, int], areas_m2: Float64, rng: np.random.Generator
) -> list[History]:
    """Simulate histories with as many bare landslides at each date as `counts` asks for.

    Args:
        counts: number of bare landslides by date, in time order.
        areas_m2: (n,) initial areas in order of occurrence; n is at least the sum of
            `max_newcomers(counts)`.
        rng: random generator.

    Returns:
        A history for each landslide that occurs, in order of first occurrence.
    """
    conditions: list[_Condition] = []
    histories: list[list[Event]] = []
    before = 0
    for number, (date, count) in enumerate(counts.items()):
        healing = _healing_count(before, count)
        _heal(conditions, histories, areas_m2, date, healing, rng)
        reactivated = _reactivate(conditions, histories, date, count - before + healing, rng)
        for _ in range(count - before + healing - reactivated):
            state = _Condition(1.0, float(rng.uniform(0.45, 1.0)) if number == 0 else 1.0, True)
            conditions.append(state)
            histories.append([Event(date, "new", 1.0, state.freshness)])
        before = count
    return [tuple(history) for history in histories]


def _heal(
    conditions: list[_Condition],
    histories: list[list[Event]],
    areas_m2: Float64,
    date: str,
    healing: int,
    rng: np.random.Generator,
) -> None:
    """Let small and old landslides heal first, and evolve the others."""
    bare = np.array([i for i, state in enumerate(conditions) if state.open], dtype=int)
    order = np.argsort(
        [np.log(areas_m2[i]) + 1.5 * conditions[i].freshness + rng.normal(0, 0.7) for i in bare],
        kind="stable",
    )
    healed = set(bare[order[:healing]].tolist())
    for i in bare.tolist():
        conditions[i], state = (
            (_Condition(0.0, 0.25, False), "healed") if i in healed else _evolve(conditions[i], rng)
        )
        histories[i].append(Event(date, state, conditions[i].area_share, conditions[i].freshness))


def _evolve(condition: _Condition, rng: np.random.Generator) -> tuple[_Condition, str]:
    """Evolve a bare landslide: persist, expand, reactivate, or shrink as plants return."""
    freshness = max(0.35, condition.freshness - float(rng.uniform(0.08, 0.25)))
    chance = rng.random()
    if chance < 0.18 and condition.area_share < 1.15:
        return _Condition(
            condition.area_share * float(rng.uniform(1.25, 1.45)),
            float(rng.uniform(0.85, 1.0)),
            True,
        ), "expanded"
    if chance < 0.24 and condition.area_share < 0.8:
        return _Condition(1.0, 1.0, True), "reactivated"
    if chance < 0.52 and condition.area_share > 0.5:
        return _Condition(
            condition.area_share * float(rng.uniform(0.65, 0.82)), freshness, True
        ), "shrinking"
    return _Condition(condition.area_share, freshness, True), "persistent"


def _reactivate(
    conditions: list[_Condition],
    histories: list[list[Event]],
    date: str,
    count: int,
    rng: np.random.Generator,
) -> int:
    """Reactivate healed landslides: up to a third of those that appear."""
    healed = [
        i for i, state in enumerate(conditions) if not state.open and histories[i][-1].date != date
    ]
    reactivated = rng.permutation(healed)[: max(0, count) // 3].astype(int).tolist()
    for i in reactivated:
        conditions[i] = _Condition(float(rng.uniform(0.8, 1.2)), 1.0, True)
        histories[i].append(Event(date, "reactivated", conditions[i].area_share, 1.0))
    return len(reactivated)
