"""The results in plain words, for readers who know neither the paper nor machine learning."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

Metrics = Mapping[str, Any]


def summary(
    dates: Sequence[str], f1: Metrics, density: Metrics, lifecycle: Metrics
) -> dict[str, list[str]]:
    """Sentences on what was mapped, how good it is, and what changed. The arguments are as in the files in metrics/."""
    return {
        "What was mapped": list(_mapped(dates, density)),
        "How good it is": list(_quality(dates, f1, density)),
        "What changed": list(_changes(dates, lifecycle)),
    }


def _mapped(dates: Sequence[str], density: Metrics) -> Iterator[str]:
    area_km2 = max(row["mapped_km2"] for row in density.values())
    when = (
        f"{len(dates)} dates, {dates[0]} to {dates[-1]}"
        if len(dates) > 1
        else f"one date, {dates[0]}"
    )
    yield f"Landslides on {area_km2:.1f} km² were mapped at {when}, by a network that looks at each satellite image pixel by pixel."
    yield (
        "Predicted landslides: "
        + ", ".join(f"{density[date]['predicted_count']} in {date}" for date in dates)
        + "."
    )
    likely = [
        f"{row['estimated_count']:.0f} in {date} ({row['estimated_count_low']:.0f} to {row['estimated_count_high']:.0f})"
        for date in dates
        if (row := density[date]).get("estimated_count") is not None
    ]
    if likely:
        yield (
            f"Corrected by what was mapped by hand in the validation blocks, their number is about {', '.join(likely)}; "
            "such ranges are meant to hold the true number in 9 of 10 cases, if other ground is like the validation blocks."
        )
    without = [date for date in dates if density[date]["manual_count"] is None]
    if without:
        yield f"No manual inventory was given for {_list(without)}: mapped, but not scored."


def _quality(dates: Sequence[str], f1: Metrics, density: Metrics) -> Iterator[str]:
    scored = {date: f1["f1"][date] for date in dates if f1["f1"][date] is not None}
    if not scored:
        yield "No date could be scored: there are no landslides mapped by hand on test ground. Check the maps by eye before they are used."
        return
    precision, recall = (
        _mean([f1[name][date] for date in scored]) for name in ("precision", "recall")
    )
    yield (
        f"On ground that the network never saw, of every 100 m² that it maps as landslide {100 * precision:.0f} m² are landslide in the manual "
        f"inventory too, and of every 100 m² mapped by hand it finds {100 * recall:.0f} m² (means of the dates that have scores)."
    )
    best, worst = (
        max(scored, key=lambda date: scored[date]),
        min(scored, key=lambda date: scored[date]),
    )
    yield f"F1, which weighs both, is {f1['f1']['mean']:.2f} on average" + (
        f": from {scored[worst]:.2f} in {worst} to {scored[best]:.2f} in {best}."
        if len(scored) > 1
        else f" ({best} alone has a score)."
    )
    yield from _before(scored, f1)
    yield from _counts(dates, density)


def _before(scored: Mapping[str, float], f1: Metrics) -> Iterator[str]:
    before = {date: f1["f1_before"][date] for date in scored if f1["f1_before"][date] is not None}
    if before:
        better = sum(scored[date] > before[date] for date in before)
        yield (
            f"Fine-tuning to each date made F1 better at {better} of {len(before)} dates; without it the mean is {_mean(before.values()):.2f}, "
            "at the threshold that pretraining chose."
        )


def _counts(dates: Sequence[str], density: Metrics) -> Iterator[str]:
    both = [date for date in dates if density[date]["manual_count"]]
    if both:
        manual, predicted = (
            sum(density[date][f"{name}_count"] for date in both) for name in ("manual", "predicted")
        )
        areas = [
            sum(density[date][f"{name}_total_area_m2"] for date in both)
            for name in ("manual", "predicted")
        ]
        missed, alone = (
            sum(density[date][name] for date in both)
            for name in ("manual_missed", "predicted_false_alarms")
        )
        yield (
            f"Counts are less sure than areas: on the whole area, training ground included, {predicted} landslides are predicted over the dates for "
            f"{manual} mapped by hand, with {100 * areas[1] / areas[0]:.0f} % of their area. {alone} of the predicted touch none that was "
            f"mapped by hand, {missed} of those mapped "
            "by hand are missed altogether; one landslide may also be mapped in pieces."
        )


def _changes(dates: Sequence[str], lifecycle: Metrics) -> Iterator[str]:
    ledger = lifecycle["dates"]
    by_hand = (
        f" ({lifecycle['manual']['landslides']} by the manual inventories)"
        if "manual" in lifecycle
        else ""
    )
    yield (
        f"All of this is told from the predicted inventories, false alarms included. Followed through the dates, their {lifecycle['polygons']} "
        f"outlines are {lifecycle['landslides']} different landslides{by_hand}."
    )
    later = [date for date in dates[1:] if date in ledger]
    if not later:
        yield "With one date there is no change to tell of."
        return
    most = max(later, key=lambda date: ledger[date]["new_m2"])
    if ledger[most]["new_m2"]:
        yield f"Most came in {most}: {ledger[most]['new']} new landslides, and {_ha(ledger[most]['new_m2'])} of ground newly bare."
    healed = max(later, key=lambda date: ledger[date]["healed_m2"])
    if ledger[healed]["healed_m2"]:
        yield f"Most healed in {healed}: {_ha(ledger[healed]['healed_m2'])} of ground; {ledger[healed]['healed']} landslides were gone."
    last = ledger[later[-1]]
    standing = last["landslides"]
    yield f"In {later[-1]}, {standing} landslides cover {_ha(last['area_m2'])}; {_ha(last['new_m2'])} of it became bare since the date before."


def _mean(values: Iterable[float | None]) -> float:
    """Mean of what is known; 0 where nothing is, as the precision of a network that maps nothing."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else 0.0


def _ha(area_m2: float) -> str:
    return f"{area_m2 / 1e4:.1f} ha"


def _list(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
