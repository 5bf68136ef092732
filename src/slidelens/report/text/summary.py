"""Summary of the results in plain words, for readers without a background in machine learning."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

Metrics = Mapping[str, Any]


def summary(
    dates: Sequence[str], f1: Metrics, density: Metrics, lifecycle: Metrics, revised: bool
) -> dict[str, list[str]]:
    """Return sentences about what was mapped, how good the maps are, and what changed.

    Args:
        dates: labels of the dates, in time order.
        f1: scores by name and date, as in metrics/f1.json.
        density: counts, areas and densities by date, as in metrics/density.json.
        lifecycle: the ledger, as in metrics/lifecycle.json.
        revised: whether landslides were tracked in the revised inventories.

    Returns:
        Sentences by heading.
    """
    return {
        "What was mapped": list(_mapped(dates, density)),
        "How good it is": list(_quality(dates, f1, density)),
        "What changed": list(_changes(dates, lifecycle, revised)),
    }


def _mapped(dates: Sequence[str], density: Metrics) -> Iterator[str]:
    area_km2 = max(row["mapped_km2"] for row in density.values())
    when = (
        f"{len(dates)} dates, {dates[0]} to {dates[-1]}"
        if len(dates) > 1
        else f"one date, {dates[0]}"
    )
    yield (
        f"Landslides on {area_km2:.1f} km² were mapped at {when}, by a neural network that "
        "classifies each satellite image pixel by pixel."
    )
    counts = ", ".join(f"{density[date]['predicted_count']} in {date}" for date in dates)
    yield f"Predicted landslides: {counts}."
    yield from _estimates(dates, density)
    without = [date for date in dates if density[date]["manual_count"] is None]
    if without:
        yield f"No manual inventory was given for {_list(without)}: mapped, but not scored."


def _estimates(dates: Sequence[str], density: Metrics) -> Iterator[str]:
    estimates = [
        f"{row['estimated_count']:.0f} in {date} "
        f"({row['estimated_count_low']:.0f} to {row['estimated_count_high']:.0f})"
        for date in dates
        if (row := density[date]).get("estimated_count") is not None
    ]
    if estimates:
        yield (
            "Corrected with the manual inventory of the validation blocks, their number is about "
            f"{', '.join(estimates)}; such ranges should contain the true number in 9 of 10 cases, "
            "provided that the rest of the area resembles the validation blocks."
        )


def _quality(dates: Sequence[str], f1: Metrics, density: Metrics) -> Iterator[str]:
    scored = {date: f1["f1"][date] for date in dates if f1["f1"][date] is not None}
    if not scored:
        yield (
            "No date could be scored: no manually mapped landslide lies in the test blocks. "
            "Check the maps by eye before using them."
        )
        return
    precision, recall = (
        _mean([f1[name][date] for date in scored]) for name in ("precision", "recall")
    )
    yield (
        "On ground that the network never saw in training, of every 100 m² mapped as landslide "
        f"{100 * precision:.0f} m² are landslide in the manual inventory too, and of every 100 m² "
        f"mapped by hand the network finds {100 * recall:.0f} m²"
        + (" (means of the scored dates)." if len(scored) > 1 else ".")
    )
    best = max(scored, key=lambda date: scored[date])
    worst = min(scored, key=lambda date: scored[date])
    mean = f"{f1['f1']['mean']:.2f}"
    yield "F1, which combines both, is " + (
        f"{mean} on average: from {scored[worst]:.2f} in {worst} to {scored[best]:.2f} in {best}."
        if len(scored) > 1
        else f"{mean} in {best}, the only date with a score."
    )
    yield from _before(scored, f1)
    yield from _counts(dates, density)


def _before(scored: Mapping[str, float], f1: Metrics) -> Iterator[str]:
    before = {date: f1["f1_before"][date] for date in scored if f1["f1_before"][date] is not None}
    if before:
        better = sum(scored[date] > before[date] for date in before)
        done, mean = f"improved F1 at {better} of {len(before)} dates", "the mean"
        if len(before) == 1:
            done, mean = "improved F1" if better else "did not improve F1", "F1"
        yield (
            f"Fine-tuning to each date {done}; without it {mean} is {_mean(before.values()):.2f},"
            " at the threshold chosen in pretraining."
        )


def _counts(dates: Sequence[str], density: Metrics) -> Iterator[str]:
    compared = [date for date in dates if density[date]["manual_count"]]
    if not compared:
        return

    def total(name: str) -> Any:
        return sum(density[date][name] for date in compared)

    area_share = total("predicted_total_area_m2") / total("manual_total_area_m2")
    yield (
        "Counts are less reliable than areas: over all dates and the whole area, training blocks "
        f"included, {total('predicted_count')} landslides are predicted for "
        f"{total('manual_count')} mapped by hand, with {100 * area_share:.0f} % of their area. "
        f"{total('predicted_false_alarms')} predicted landslides touch no manual one, and "
        f"{total('manual_missed')} manual landslides are missed entirely; one landslide may also "
        "be mapped in several fragments."
    )


def _changes(dates: Sequence[str], lifecycle: Metrics, revised: bool) -> Iterator[str]:
    ledger = lifecycle["dates"]
    by_hand = (
        f" ({lifecycle['manual']['landslides']} in the manual inventories)"
        if "manual" in lifecycle
        else ""
    )
    inventories = (
        "the revised inventories, without likely false alarms; the numbers and the scores above "
        "are of the predicted ones"
        if revised
        else "the predicted inventories, false alarms included"
    )
    yield (
        f"This section is based on {inventories}. Tracked "
        f"through the dates, their {lifecycle['polygons']} outlines are "
        f"{lifecycle['landslides']} different landslides{by_hand}."
    )
    later = [date for date in dates[1:] if date in ledger]
    if not later:
        yield "With one date there is no change to report."
        return
    yield from _largest_changes(later, ledger)
    last = ledger[later[-1]]
    yield (
        f"In {later[-1]}, {last['landslides']} landslides cover {_ha(last['area_m2'])}; "
        f"{_ha(last['new_m2'])} of it became bare since the previous date."
    )


def _largest_changes(later: Sequence[str], ledger: Metrics) -> Iterator[str]:
    growth = max(later, key=lambda date: ledger[date]["new_m2"])
    if ledger[growth]["new_m2"]:
        yield (
            f"The largest increase was in {growth}: {ledger[growth]['new']} new landslides and "
            f"{_ha(ledger[growth]['new_m2'])} of newly bare ground."
        )
    healing = max(later, key=lambda date: ledger[date]["healed_m2"])
    if ledger[healing]["healed_m2"]:
        yield (
            f"The largest recovery was in {healing}: {_ha(ledger[healing]['healed_m2'])} healed, "
            f"and {ledger[healing]['healed']} landslides disappeared."
        )


def _mean(values: Iterable[float | None]) -> float:
    """Return the mean of the known values, or 0 if there is none.

    The precision of a network that maps nothing is unknown, for example.
    """
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else 0.0


def _ha(area_m2: float) -> str:
    return f"{area_m2 / 1e4:.1f} ha"


def _list(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
