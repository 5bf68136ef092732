"""Half-life of landslide ground."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from slidelens.analysis.lifecycle.statistics.recovery import Recovery, recovery
from slidelens.analysis.lifecycle.tracking import trace


def strips(*heights: float, at: float = 0.0) -> list[shapely.Polygon | None]:
    return [shapely.box(at, 0, at + 100, height) if height else None for height in heights]


def fitted(
    years: list[int],
    *landslides: list[shapely.Polygon | None],
    observed: dict[str, list[shapely.Polygon]] | None = None,
) -> Recovery:
    dates = {
        str(year): [shape for history in landslides if (shape := history[i]) is not None]
        for i, year in enumerate(years)
    }
    return recovery(trace(dates, observed=observed), {date: float(date) for date in dates})


def test_half_of_the_ground_heals_each_year() -> None:
    found = fitted([2013, 2014, 2015, 2016], strips(160, 80, 40, 20))
    assert found.half_life_years == pytest.approx(1)
    assert (found.landslides, found.why) == (1, None)


def test_three_quarters_in_two_years_is_the_same() -> None:
    assert fitted([2013, 2015], strips(160, 40)).half_life_years == pytest.approx(1)


def test_unequal_spans() -> None:
    # half a life of 2 years: 2^(-1/2) is left after one year and 2^(-3/2) after three
    assert fitted(
        [2013, 2014, 2017], strips(100, 100 * 2**-0.5, 100 * 2**-2)
    ).half_life_years == pytest.approx(2)


def test_the_time_under_cloud_counts() -> None:
    # not seen in 2014: a quarter is left in 2015, two years after the last look
    found = fitted(
        [2013, 2014, 2015],
        [*strips(160, 0, 40)],
        observed={"2014": [shapely.box(900, 900, 901, 901)]},
    )
    assert found.half_life_years == pytest.approx(1)


def test_intervals_from_or_to_a_date_without_a_year_are_left_out() -> None:
    # from 2010 to 2012 half is left; when the ground of "old" was mapped is unknown
    heights = {"2000": 160, "old": 80, "2010": 40, "2012": 20}
    life = trace({date: [shapely.box(0, 0, 100, height)] for date, height in heights.items()})
    years = {"2000": 2000.0, "old": None, "2010": 2010.0, "2012": 2012.0}
    assert recovery(life, years).half_life_years == pytest.approx(2)
    # of the three, none is between two known years
    years["2012"] = None
    assert recovery(life, years).m2_years == 0


def test_the_interval_holds_the_truth_and_narrows() -> None:
    rng = np.random.default_rng(3)

    def simulated(n: int) -> Recovery:
        # each heals as a whole after an exponential time of half-life 2 years
        lives = rng.exponential(2 / np.log(2), n)
        return fitted(
            list(range(2013, 2018)),
            *[
                [strips(50, at=300 * i)[0] if life > t else None for t in range(5)]
                for i, life in enumerate(lives)
            ],
        )

    few, many = simulated(40), simulated(400)
    widths = []
    for found in (few, many):
        assert found.low_years is not None
        assert found.high_years is not None
        assert found.low_years < 2 < found.high_years
        widths.append(found.high_years - found.low_years)
    assert widths[1] < widths[0]


def test_drawing_error_is_no_healing() -> None:
    # shifted by 10 m each year, same area
    found = fitted([2013, 2014], [shapely.box(0, 0, 100, 100), shapely.box(10, 0, 110, 100)])
    assert (found.half_life_years, found.why) == (None, "no ground healed")


def test_all_healed_at_once() -> None:
    assert fitted([2013, 2014], strips(100, 0)).why == "all ground healed between two dates"


def test_no_years_and_no_second_look() -> None:
    life = trace({"pre": [shapely.box(0, 0, 9, 9)], "post": []})
    assert (
        recovery(life, {"pre": None, "post": None}).why
        == "no landslide was seen at two dates whose years are known"
    )
    assert fitted([2013], strips(100)).half_life_years is None


def test_no_upper_end() -> None:
    # one of twelve healed: in some resamples (a third of them) none does
    found = fitted(
        [2013, 2014], strips(100, 0), *[strips(100, 100, at=500.0 * (i + 1)) for i in range(11)]
    )
    assert found.half_life_years == pytest.approx(np.log(2) / np.log(12 / 11), rel=1e-3)
    assert found.high_years is None
