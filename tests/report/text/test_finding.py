"""The result in one sentence."""

from __future__ import annotations

from slidelens.report.text.finding import finding

DATES = ("2013", "2015", "2019")


def told(areas_ha: dict[str, float], **f1: float | None) -> str:
    ledger = {date: {"area_m2": 1e4 * area_ha} for date, area_ha in areas_ha.items()}
    return finding(list(areas_ha), {"f1": f1}, {"dates": ledger})


def test_it_has_first_last_and_highest_area_and_the_range_of_scores() -> None:
    areas = dict(zip(DATES, (30.0, 164.2, 104.6), strict=True))
    assert told(areas, a=0.8, b=0.6, c=None, mean=0.7) == (
        "Mapped landslides cover 104.6 ha in 2019, after 30.0 ha in 2013 and 164.2 ha in 2015; on "
        "ground unseen in training they agree with the manual inventories, mean F1 0.70 (0.60 to "
        "0.80)."
    )


def test_an_area_that_is_first_or_last_too_is_told_once() -> None:
    assert told({"2013": 3.0, "2015": 2.0}, mean=None).startswith(
        "Mapped landslides cover 2.0 ha in 2015, after 3.0 ha in 2013; no date could be scored"
    )


def test_one_date_has_nothing_to_compare() -> None:
    assert told({"2013": 3.0}, a=0.8, mean=0.8) == (
        "Mapped landslides cover 3.0 ha in 2013; on ground unseen in training they agree with the "
        "manual inventory, F1 0.80."
    )
