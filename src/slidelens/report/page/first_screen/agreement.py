"""Agreement with the manual inventories: F1 by date, and its range."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from slidelens.report.page.first_screen.charts import Chart, Column, Mark
from slidelens.report.page.first_screen.number import INK, DateNumber, KeyNumber, Row, gaps

_BEFORE, _REVISED = "#57606a", "#0072B2"


def agreement(
    dates: Sequence[str], rows: Mapping[str, Row], reasons: Mapping[str, str | None]
) -> KeyNumber:
    """Return F1 at each date, with mean and range of the dates.

    Args:
        dates: labels of the dates, in time order.
        rows: rows of table3 by date, None where a value is missing.
        reasons: why a date has no score, by date.
    """
    scored = {date: rows[date]["f1"] for date in dates if rows[date]["f1"] is not None}
    missing = {date: reasons.get(date) or "unknown" for date in dates if date not in scored}
    mean = rows["mean"]["f1"] if "mean" in rows and scored else None
    band = None
    if mean is not None and len(scored) > 1:
        band = (min(scored.values()), mean, max(scored.values()))
    title = "Agreement (F1)"
    columns = [_scored_column(date, rows[date], missing.get(date)) for date in dates]
    return KeyNumber(
        name="agreement",
        title=title,
        short="F1",
        dates=[
            DateNumber("–", f"{date} has no score: {missing[date]}")
            if date in missing
            else DateNumber(f"{scored[date]:.2f}", f"in {date}{_of_which(rows[date])}")
            for date in dates
        ],
        chart=Chart(title, columns, 1.0, band),
        key=[
            ("dot", INK, "map"),
            ("ring", _BEFORE, "before fine-tuning"),
            ("dash", _REVISED, "revised"),
        ],
        notes=[_range(scored, mean), "Test blocks only; 1 is full agreement.", *gaps(missing)],
        table=("table3", "Table 3"),
    )


def _scored_column(date: str, row: Row, missing: str | None) -> Column:
    if missing is not None:
        return Column(date, f"no score, {missing}", ())
    marks, text = [Mark("dot", INK, 0, row["f1"])], f"{row['f1']:.2f}"
    if (before := row.get("f1_before")) is not None:
        marks.insert(0, Mark("ring", _BEFORE, 0, before))
        text += f", before fine-tuning {before:.2f}"
    if (revised := row.get("f1_revised")) is not None:
        marks.append(Mark("dash", _REVISED, 0, revised))
        text += f", revised by the other dates {revised:.2f}"
    return Column(date, text, marks)


def _of_which(row: Row) -> str:
    parts = [f"{name} {row[name]:.2f}" for name in ("precision", "recall") if row[name] is not None]
    return f": {', '.join(parts)}" if parts else ""


def _range(scored: Mapping[str, float], mean: float | None) -> str:
    if not scored or mean is None:
        return "No date has a score."
    if len(scored) == 1:
        return f"Only {next(iter(scored))} has a score."
    lowest, highest = (choose(scored, key=lambda date: scored[date]) for choose in (min, max))
    return (
        f"Mean {mean:.2f} (line); {scored[lowest]:.2f} in {lowest} to "
        f"{scored[highest]:.2f} in {highest} (band)."
    )
