"""The four numbers, which are those of the tables."""

from __future__ import annotations

from slidelens.report.page.first_screen.charts import Mark
from slidelens.report.page.first_screen.key_numbers import key_numbers
from slidelens.report.page.first_screen.number import KeyNumber
from support.report.page import DATES, REASONS, report_tables


def number(name: str) -> KeyNumber:
    numbers = key_numbers(report_tables(), DATES, REASONS)
    return next(each for each in numbers if each.name == name)


def marks(number: KeyNumber, date: str) -> list[Mark]:
    return list(number.chart.columns[DATES.index(date)].marks)


def test_there_are_four_with_a_number_a_date_and_a_table_of_their_own() -> None:
    numbers = key_numbers(report_tables(), DATES, REASONS)
    names = {table.name for table in report_tables()}
    assert len({each.name for each in numbers}) == 4
    assert len({each.table for each in numbers}) == 4
    for each in numbers:
        assert each.table[0] in names
        assert [column.label for column in each.chart.columns] == list(DATES)
        assert len(each.dates) == len(DATES)


def test_agreement_is_f1_with_the_reason_where_there_is_none() -> None:
    agreement = number("agreement")
    assert [date.value for date in agreement.dates] == ["0.75", "–", "–"]
    assert agreement.dates[0].note == "in 2013: precision 0.80, recall 0.70"
    assert agreement.dates[1].note == "2014 has no score: no landslide in the test blocks"
    assert [mark.high for mark in marks(agreement, "2013")] == [0.5, 0.75, 0.875]
    assert marks(agreement, "2014") == []
    assert agreement.chart.band is None  # of one date
    assert "2015: no manual inventory." in agreement.notes


def test_the_range_is_that_of_the_scored_dates() -> None:
    tables = report_tables()
    tables[0].frame.loc[1, "f1"] = 0.25
    tables[0].frame.loc[3, "f1"] = 0.5
    agreement = key_numbers(tables, DATES, REASONS)[0]
    assert agreement.chart.band == (0.25, 0.5, 0.75)
    assert agreement.notes[0] == "Mean 0.50 (line); 0.25 in 2014 to 0.75 in 2013 (band)."


def test_areas_of_the_states_add_up_and_what_is_unobserved_is_on_top() -> None:
    area = number("area")
    assert [date.value for date in area.dates] == ["3.0 ha", "2.0 ha", "1.2 ha"]
    assert area.dates[1].note == "in 2014: 1 landslide; 0.5 ha new, 0.9 ha healed"
    assert area.dates[0].note == "in 2013: 12 landslides"
    assert area.dates[2].note.endswith("0.7 ha unobserved: cloud, nodata or outside the image")
    assert max(mark.high for mark in marks(area, "2014")) == 2.0
    assert max(mark.high for mark in marks(area, "2015")) == 1.9
    assert area.chart.columns[2].text == "persistent 1.2 ha, unobserved 0.7 ha"


def test_the_number_has_its_interval_or_says_why_not() -> None:
    count = number("number")
    assert [date.value for date in count.dates] == ["18 (12–23)", "4", "9"]
    assert count.dates[0].note == "estimated in 2013; 20 predicted, 18 mapped by hand"
    assert count.dates[1].note == "predicted in 2014, without an interval"
    (interval,) = (mark for mark in marks(count, "2013") if mark.kind == "interval")
    assert (interval.low, interval.high) == (12.2, 23.4)
    assert {mark.kind for mark in marks(count, "2015")} == {"bar"}
    assert count.notes[1:] == [
        "No interval in 2014: fewer than 4 validation blocks.",
        "No interval in 2015: the date has no manual inventory.",
    ]


def test_false_alarms_are_unknown_without_a_manual_inventory() -> None:
    false_alarms = number("false-alarms")
    assert [date.value for date in false_alarms.dates] == ["5", "4", "–"]
    assert false_alarms.dates[0].note == "of 20 predicted in 2013; 3 of 18 mapped by hand missed"
    assert false_alarms.dates[2].note == "not known for 2015: no manual inventory"
    assert [(mark.low, mark.high) for mark in marks(false_alarms, "2013")] == [(0, 5), (5, 20)]


def test_a_study_without_any_manual_inventory_has_numbers_too() -> None:
    tables = report_tables()
    tables[0].frame[["f1", "f1_before", "precision", "recall"]] = None
    del tables[1].frame["predicted_false_alarms"]
    numbers = key_numbers(tables, DATES, dict.fromkeys(DATES, "no manual inventory"))
    assert {date.value for date in numbers[0].dates} == {"–"}
    assert numbers[0].notes[0] == "No date has a score."
    assert {date.value for date in numbers[3].dates} == {"–"}
