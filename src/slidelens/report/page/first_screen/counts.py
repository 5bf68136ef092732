"""Number of landslides with its interval, and false alarms, at each date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from slidelens.report.figures.style import FALSE_ALARM, PREDICTED
from slidelens.report.page.first_screen.charts import Chart, Column, Mark
from slidelens.report.page.first_screen.number import INK, DateNumber, KeyNumber, Row, gaps, highest

_MATCHED = "#b9c2cc"
_BY_HAND = "#a15c00"  # orange as that of manual outlines, dark enough for a line on white
_NO_MANUAL = "no manual inventory"


def number(dates: Sequence[str], rows: Mapping[str, Row]) -> KeyNumber:
    """Return the estimated number at each date with its interval, or the predicted one.

    Args:
        dates: labels of the dates, in time order.
        rows: rows of estimates for the whole area by date, None where a value is missing.
    """
    title = "Number of landslides"
    columns = [_count_column(date, rows[date]) for date in dates]
    missing = {
        date: rows[date]["why"] or "unknown"
        for date in dates
        if rows[date]["estimated_count"] is None
    }
    return KeyNumber(
        name="number",
        title=title,
        short="landslides",
        dates=[_count(date, rows[date]) for date in dates],
        chart=Chart(title, columns, highest(columns)),
        key=[
            ("dot", INK, "estimated"),
            ("interval", INK, "90 % interval"),
            ("bar", PREDICTED, "predicted"),
            ("dash", _BY_HAND, "by hand"),
        ],
        notes=["Before revision.", *gaps(missing, "No interval in ")],
        table=("estimates", "Table: estimates"),
    )


def _count(date: str, row: Row) -> DateNumber:
    estimate, low, high = _estimate(row)
    if estimate is None:
        return DateNumber(
            f"{row['predicted_count']:,.0f}", f"predicted in {date}, without an interval"
        )
    return DateNumber(
        f"{estimate:,.0f} ({low:,.0f}–{high:,.0f})", f"estimated in {date}; {_told(row)}"
    )


def _count_column(date: str, row: Row) -> Column:
    marks = [Mark("bar", PREDICTED, 0, row["predicted_count"])]
    if row["manual_count"] is not None:
        marks.append(Mark("dash", _BY_HAND, 0, row["manual_count"]))
    estimate, low, high = _estimate(row)
    if estimate is None:
        return Column(date, f"{_told(row)}, no interval: {row['why'] or 'unknown'}", marks)
    marks += [Mark("interval", INK, low, high), Mark("dot", INK, 0, estimate)]
    text = f"estimated {estimate:,.0f}, {low:,.0f} to {high:,.0f}, {_told(row)}"
    return Column(date, text, marks)


def _estimate(row: Row) -> tuple[float | None, float, float]:
    low, high = row["estimated_count_low"], row["estimated_count_high"]
    return row["estimated_count"], low or 0.0, high or 0.0


def _told(row: Row) -> str:
    by_hand = row["manual_count"]
    return f"{row['predicted_count']:,.0f} predicted" + (
        "" if by_hand is None else f", {by_hand:,.0f} mapped by hand"
    )


def false_alarms(dates: Sequence[str], rows: Mapping[str, Row]) -> KeyNumber:
    """Return the number of predicted landslides at each date that touch none mapped by hand.

    Args:
        dates: labels of the dates, in time order.
        rows: rows of table4 by date, None where a value is missing.
    """
    title = "False alarms"
    known = {date for date in dates if rows[date].get("predicted_false_alarms") is not None}
    columns = [
        _false_column(rows[date]) if date in known else Column(date, f"not known, {_NO_MANUAL}", ())
        for date in dates
    ]
    return KeyNumber(
        name="false-alarms",
        title=title,
        short="false alarms",
        dates=[
            _false(rows[date])
            if date in known
            else DateNumber("–", f"not known for {date}: {_NO_MANUAL}")
            for date in dates
        ],
        chart=Chart(title, columns, highest(columns)),
        key=[("bar", FALSE_ALARM, "false alarms"), ("bar", _MATCHED, "other predicted")],
        notes=[
            "They touch no landslide mapped by hand. Whole area, training blocks included.",
            *gaps({date: _NO_MANUAL for date in dates if date not in known}),
        ],
        table=("table4", "Table 4"),
    )


def _false(row: Row) -> DateNumber:
    return DateNumber(
        f"{row['predicted_false_alarms']:,.0f}",
        f"of {row['predicted_count']:,.0f} predicted in {row['date']}; "
        f"{row['manual_missed']:,.0f} of {row['manual_count']:,.0f} mapped by hand missed",
    )


def _false_column(row: Row) -> Column:
    false, predicted = row["predicted_false_alarms"], row["predicted_count"]
    text = f"{false:,.0f} of {predicted:,.0f} predicted, {row['manual_missed']:,.0f} missed"
    marks = [Mark("bar", FALSE_ALARM, 0, false), Mark("bar", _MATCHED, false, predicted)]
    return Column(row["date"], text, marks)
