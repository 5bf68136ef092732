"""Area of the landslides by state at each date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from slidelens.escaping import counted
from slidelens.report.figures.charts.timeline import MAPPED_STATES
from slidelens.report.figures.style import STATE_COLOURS
from slidelens.report.page.first_screen.charts import Chart, Column, Mark
from slidelens.report.page.first_screen.number import (
    HA,
    DateNumber,
    KeyNumber,
    Row,
    hectares,
    highest,
)


def area(dates: Sequence[str], rows: Mapping[str, Row]) -> KeyNumber:
    """Return the mapped area at each date, with its states and what is not observed.

    Args:
        dates: labels of the dates, in time order.
        rows: rows of area_by_state by date, None where a value is missing.
    """
    title, states = "Landslide area by state", (*MAPPED_STATES, "unobserved")
    columns = [_state_column(date, rows[date]) for date in dates]
    return KeyNumber(
        name="area",
        title=title,
        short="mapped",
        dates=[
            DateNumber(hectares(rows[date]["area_m2"]), _change(rows[date], dates[0]))
            for date in dates
        ],
        chart=Chart(f"{title}, ha", columns, highest(columns)),
        key=[("bar", STATE_COLOURS[state], state) for state in states],
        notes=["In ha, of the tracked inventories; false alarms that remain are included."],
        table=("area_by_state", "Table: areas"),
    )


def _state_column(date: str, row: Row) -> Column:
    """Stack the states; a date without landslides has an empty bar, as that is no gap."""
    areas_m2 = {state: row[f"{state}_area_m2"] for state in MAPPED_STATES}
    areas_m2["unobserved"] = row["unobserved_m2"] or 0.0
    marks, bottom = [Mark("bar", STATE_COLOURS["new"], 0, 0)], 0.0
    for state, area_m2 in areas_m2.items():
        marks.append(Mark("bar", STATE_COLOURS[state], bottom, bottom + area_m2 / HA))
        bottom += area_m2 / HA
    parts = [f"{state} {hectares(area_m2)}" for state, area_m2 in areas_m2.items() if area_m2]
    return Column(date, ", ".join(parts) or "no landslide", marks)


def _change(row: Row, first: str) -> str:
    """Return what happened since the date before, and what is not seen."""
    date, unseen, landslides = row["date"], row["unobserved_m2"], row["landslides"]
    change = (
        f"in {date}"
        if landslides is None
        else f"in {date}: {counted(int(landslides), 'landslide')}"
    )
    if date != first:
        new, healed = hectares(row["new_area_m2"]), hectares(row["healed_m2"])
        change += f"; {new} new, {healed} healed"
    if not unseen:
        return change
    return f"{change}; {hectares(unseen)} unobserved: cloud, nodata or outside the image"
