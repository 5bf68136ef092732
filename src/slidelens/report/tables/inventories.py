"""Tables of inventories: counts, areas, densities, estimates and the lifecycle ledger."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from slidelens.report.tables.table import (
    GROUNDS,
    Metrics,
    Table,
    compare_inventories,
    estimate_cells,
    join_published,
    select_figures,
)

_AREAS = ("count", "total_area_m2", "min_area_m2", "max_area_m2")
_UNMATCHED = ("manual_missed", "predicted_false_alarms")
_DENSITIES = ("mean_per_km2", "peak_per_km2", "radius_m")
_STANDING = ("area_m2", "healed_m2", "unobserved_m2", "landslides")
_LEDGER = ("date", "inventory", "carried_over_m2", "new_m2", "healed_m2", "area_m2")


def manual_table(density: Metrics, phases: Mapping[str, str], paper: pd.DataFrame | None) -> Table:
    """Return Table 1, the manual inventories.

    Args:
        density: figures by date, as in metrics/density.json.
        phases: phase of each date; dates may be missing.
        paper: published values by date, or None.
    """
    rows = [
        {
            "date": date,
            "phase": phases.get(date),
            **select_figures(row, "manual", _AREAS, plain=True),
        }
        for date, row in density.items()
    ]
    frame = pd.DataFrame(rows)
    if frame["phase"].isna().all():
        frame = frame.drop(columns="phase")
    note = (
        "Manually mapped landslides whose centroid lies in the investigation area. Empty where a "
        "date has no manual inventory."
    )
    frame = join_published(frame, paper, {name: name for name in _AREAS})
    return Table("table1", "Table 1. Manual inventories", note, frame)


def size_table(density: Metrics, paper: pd.DataFrame | None) -> Table:
    """Return Table 4: number and areas of the landslides in each inventory, and the differences.

    Args:
        density: figures by date, as in metrics/density.json.
        paper: published values by date, or None.
    """
    note = (
        "Whole inventories, training blocks included, as in the paper. Predicted raw: the polygons "
        "as mapped, before fragments of one landslide are merged. Difference: predicted − manual. "
        "Missed: manual landslides that no predicted one touches; false alarms: the reverse."
    )
    paired = {f"predicted_{name}": f"predicted_{name}" for name in _AREAS} | {
        f"manual_{name}": name for name in _AREAS
    }
    unmatched = pd.DataFrame(
        [{name: row[name] for name in _UNMATCHED if name in row} for row in density.values()]
    )
    frame = compare_inventories(density, _AREAS).join(unmatched)
    return Table(
        "table4",
        "Table 4. Manual and predicted landslides",
        note,
        join_published(frame, paper, paired),
    )


def density_table(density: Metrics, paper: pd.DataFrame | None) -> Table:
    """Return Table 5: mean density and peak of the kernel density.

    Args:
        density: figures by date, as in metrics/density.json.
        paper: published values by date, or None.
    """
    note = (
        "Mean: number of landslides per mapped area. Peak: maximum of the kernel density, with one "
        "search radius for all inventories of a date. Predicted raw: before fragments of one "
        "landslide are merged. The paper's Table 5 is the peak."
    )
    paired = {f"{name}_peak_per_km2": f"{name}_per_km2" for name in ("manual", "predicted")}
    frame = compare_inventories(density, _DENSITIES).dropna(axis="columns", how="all")
    return Table("table5", "Table 5. Landslide density", note, join_published(frame, paper, paired))


def estimate_table(estimates: Mapping[str, Metrics]) -> Table:
    """Return the corrected number and area with intervals, for the test blocks and the whole area.

    Args:
        estimates: by date and ground, as in scores.json.
    """
    rows = [
        {
            "date": date,
            "ground": GROUNDS[ground],
            **estimate_cells(estimate, "count", ground),
            **estimate_cells(estimate, "area_m2", ground),
            "why": estimate["why"],
        }
        for date, grounds in estimates.items()
        for ground, estimate in grounds.items()
    ]
    note = (
        "Number and area of landslides on ground that the image shows. Estimated: the predicted "
        "figure times the ratio of manual to predicted in the validation blocks (ratio estimator, "
        "Royall 1970, doi 10.1093/biomet/57.2.377). Low and high: if the ratio varies as much "
        "elsewhere, 9 of 10 such intervals contain the true figure; few blocks give wide "
        "intervals. Holds: whether the interval contains the manual figure, given for the test "
        "blocks only, because the network was trained on the others."
    )
    return Table("estimates", "Estimates: true number and area", note, pd.DataFrame(rows))


def ledger_table(lifecycle: Metrics) -> Table:
    """Return the ledger of each inventory: new, carried-over and healed area at each date.

    Args:
        lifecycle: as in metrics/lifecycle.json.
    """
    rows = [
        {"date": date, "inventory": name, **row}
        for name, ledger in ledgers(lifecycle).items()
        for date, row in ledger.items()
    ]
    frame = pd.DataFrame(rows)
    frame = frame[[*_LEDGER, *(name for name in frame if name not in _LEDGER)]]
    note = (
        "Carried over + new − healed = mapped area, to the square metre; new (m²) is all ground "
        "that became bare, including growth of existing landslides. A landslide is expanded or "
        "shrinking if its area changed by more than lifecycle.changed_share, otherwise persistent; "
        "reactivated if it reappears after healing or grows mostly on ground that was bare "
        "before. Merged, split: number of landslides that became one, or several. Polygons: plain "
        "count; landslides: each counted once. Unobserved landslides lie under cloud, nodata or "
        "outside the image; their absence is not healing. At the first date every landslide is "
        "new to the study."
    )
    return Table("lifecycle", "Ledger of landslide area", note, frame)


def state_table(areas: Mapping[str, pd.DataFrame], lifecycle: Metrics) -> Table:
    """Return the area of the landslides in each state, as in the figure of the timeline.

    Args:
        areas: by inventory, a row per date and a column per state, m²; dates without a ledger are
            left out.
        lifecycle: as in metrics/lifecycle.json.
    """
    rows = [
        {
            "date": date,
            "inventory": name,
            **{f"{state}_area_m2": area for state, area in areas[name].loc[date].items()},
            **{column: row.get(column) for column in _STANDING},
        }
        for name, ledger in ledgers(lifecycle).items()
        if name in areas
        for date, row in ledger.items()
    ]
    note = (
        "Area of whole landslides by their state at each date; the states add up to the mapped "
        "area. Healed: ground that has healed since the previous date. Unobserved: ground of "
        "landslides that lies under cloud, nodata or outside the image, and is neither mapped nor "
        "healed."
    )
    return Table("area_by_state", "Landslide area by state", note, pd.DataFrame(rows))


def ledgers(lifecycle: Metrics) -> dict[str, Metrics]:
    """Return the ledger of each tracked inventory, one row per date.

    Args:
        lifecycle: as in metrics/lifecycle.json.
    """
    manual = {"manual": lifecycle["manual"]["dates"]} if "manual" in lifecycle else {}
    return {"predicted": lifecycle["dates"], **manual}
