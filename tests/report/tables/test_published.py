"""Published values of the study area of the paper."""

from __future__ import annotations

import pytest

from slidelens.report.tables.published import published_hyperparameters, published_values
from support.report.results import MAILUNG
from support.studies import grid_of


@pytest.mark.parametrize(
    ("dates", "west_m"),
    [
        (["2013", "2021"], 322_600),
        (["2013-pre", "2013-post"], 322_600),
        (["pre"], 322_600),
        (["2013"], 332_600),
    ],
    ids=["another year", "a year twice", "no years", "10 km to the east"],
)
def test_no_published_values_for_another_study(dates: list[str], west_m: float) -> None:
    grid = grid_of(120, 130, 50, west_m, 3_113_200)
    assert published_values(dates, grid) is None


def test_published_values_follow_the_dates() -> None:
    """The order is that of the dates, whose labels may say more than the year."""
    paper = published_values(["2015-11", "2013"], MAILUNG)
    assert paper is not None
    assert paper["count"].to_dict() == {"2015-11": 136, "2013": 31}


def test_published_hyperparameters_have_27_combinations() -> None:
    paper = published_hyperparameters()
    assert len(paper) == 27
    assert paper["f1"].idxmax() == (1e-3, 32, 32)
