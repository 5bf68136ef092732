"""Tables of inventories: counts, areas, densities, estimates, histories."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from slidelens.report.tables.table import (
    GROUNDS,
    Metrics,
    Table,
    beside,
    compared,
    estimated,
    named,
)

_AREAS = ("count", "total_area_m2", "min_area_m2", "max_area_m2")
_ALONE = ("manual_missed", "predicted_false_alarms")
_DENSITIES = ("mean_per_km2", "peak_per_km2", "radius_m")
_LEDGER = ("carried_over_m2", "new_m2", "healed_m2", "area_m2")


def manual_table(density: Metrics, phases: Mapping[str, str], paper: pd.DataFrame | None) -> Table:
    """Table 1. density: by date, as in metrics/density.json; phases: by date, may be incomplete; paper: its values by date."""
    rows = [
        {"date": date, "phase": phases.get(date), **named(row, "manual", _AREAS, plain=True)}
        for date, row in density.items()
    ]
    frame = pd.DataFrame(rows)
    if frame["phase"].isna().all():
        frame = frame.drop(columns="phase")
    note = "Landslides mapped by hand whose centroid lies in the investigation area. Empty where a date is not mapped by hand."
    return Table(
        "table1",
        "Table 1. Manual inventories",
        note,
        beside(frame, paper, {name: name for name in _AREAS}),
    )


def size_table(density: Metrics, paper: pd.DataFrame | None) -> Table:
    """Table 4: number and areas of the landslides in each inventory, and their differences."""
    note = (
        "Whole inventories, training ground included, as in the paper. Predicted raw: the polygons as mapped, before pieces of one landslide "
        "are joined. Difference: predicted − manual. Missed: manual landslides that no predicted one touches; false alarms: the reverse."
    )
    paired = {f"predicted_{name}": f"predicted_{name}" for name in _AREAS} | {
        f"manual_{name}": name for name in _AREAS
    }
    alone = pd.DataFrame(
        [{name: row[name] for name in _ALONE if name in row} for row in density.values()]
    )
    frame = compared(density, _AREAS).join(alone)
    return Table(
        "table4", "Table 4. Manual and predicted landslides", note, beside(frame, paper, paired)
    )


def density_table(density: Metrics, paper: pd.DataFrame | None) -> Table:
    """Table 5: mean density and peak of the kernel density."""
    note = (
        "Mean: number over mapped area. Peak: of the kernel density, with one search radius for all inventories of a date. Predicted raw: "
        "before pieces of one landslide are joined. "
        "The paper's Table 5 is the peak."
    )
    paired = {f"{name}_peak_per_km2": f"{name}_per_km2" for name in ("manual", "predicted")}
    frame = beside(compared(density, _DENSITIES).dropna(axis="columns", how="all"), paper, paired)
    return Table("table5", "Table 5. Landslide density", note, frame)


def estimate_table(estimates: Mapping[str, Metrics]) -> Table:
    """Predicted number and area corrected, with intervals, of the test blocks and of the whole area. estimates: by date, as in scores.json."""
    rows = [
        {
            "date": date,
            "ground": GROUNDS[ground],
            **estimated(told, "count", ground),
            **estimated(told, "area_m2", ground),
            "why": told["why"],
        }
        for date, grounds in estimates.items()
        for ground, told in grounds.items()
    ]
    note = (
        "Landslides and their area on ground that the image shows. Estimated: the predicted figure, times the ratio of manual to "
        "predicted ones in the validation blocks. Low and high: if the ratio "
        "scatters as much on other ground, 9 of 10 such intervals hold the true figure."
        " (Royall 1970, doi 10.1093/biomet/57.2.377.) Few blocks, wide intervals. Holds: "
        "whether the manual figure lies in it, told of test blocks alone, as the network was trained on others."
    )
    return Table("estimates", "Estimates: true number and area", note, pd.DataFrame(rows))


def ledger_table(lifecycle: Metrics) -> Table:
    """The ledger of each inventory: what came, stayed and healed at each date. lifecycle: as in metrics/lifecycle.json."""
    rows = [
        {"date": date, "inventory": name, **row}
        for name, ledger in ledgers(lifecycle).items()
        for date, row in ledger.items()
    ]
    frame = pd.DataFrame(rows)
    frame = frame[
        [
            "date",
            "inventory",
            *_LEDGER,
            *(name for name in frame if name not in ("date", "inventory", *_LEDGER)),
        ]
    ]
    note = (
        "Carried over + new − healed = mapped area, to the square metre; new (m²) is all ground that became bare, in old landslides too. A landslide is "
        "expanded or shrinking where its area changed by more than lifecycle.changed_share, else persistent; reactivated where it comes again after "
        "healing, or grows mostly on ground that was bare before. Merged, split: how many became one, or several. Polygons is the plain "
        "count, landslides counts each once; "
        "unobserved landslides lie under cloud, nodata or outside the image: absence there is not healing. "
        "At the first date all that is mapped is new to the study."
    )
    return Table("lifecycle", "The ledger: what became of the landslides", note, frame)


def ledgers(lifecycle: Metrics) -> dict[str, Metrics]:
    """The ledger of each inventory that has a history, a row by date. lifecycle: as in metrics/lifecycle.json."""
    manual = {"manual": lifecycle["manual"]["dates"]} if "manual" in lifecycle else {}
    return {"predicted": lifecycle["dates"], **manual}
