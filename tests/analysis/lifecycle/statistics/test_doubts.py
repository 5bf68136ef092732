"""Doubts about what counts as healed."""

from __future__ import annotations

import pytest

from slidelens.analysis.lifecycle.statistics.doubts import coverage_doubts, increment_doubt
from slidelens.analysis.lifecycle.tracking import trace
from support.inventories.lifecycle import Polygons, box, dated

ROW = [box(200 * column, 0, 100) for column in range(40)]


def doubt(*dates: Polygons) -> str | None:
    return increment_doubt(trace(dated(dates)).ledger)


@pytest.mark.parametrize(
    ("dates", "shares"),
    [
        ((ROW[:20], ROW[20:30], ROW[:12]), "0.0 % in 2014, 0.0 % in 2015"),
        (([ROW[0]], [ROW[1]]), "0.0 % in 2014"),
        ((ROW[:20], [box(90, 0, 100), *ROW[20:30]]), "0.5 % in 2014"),
        # one inventory of what is new after full ones
        ((ROW[:20], ROW[:19], ROW[:18], ROW[30:]), "0.0 % in 2016"),
    ],
)
def test_ground_of_the_date_before_that_is_not_mapped_again(
    dates: tuple[Polygons, ...], shares: str
) -> None:
    text = doubt(*dates)
    assert text is not None
    assert f"hardly any is mapped again ({shares}); if the inventories" in text


@pytest.mark.parametrize(
    "dates",
    [
        (ROW[:20],),
        (ROW[:20], ROW[:20]),
        (ROW[:20], ROW[:3]),  # 85 % heal
        (ROW[:20], []),  # mapped, and there is none
        ([], ROW[:20]),
        ([], []),
        # the few that one date had heal, those of the others mostly stay
        (ROW[:20], ROW[:15], ROW[:12], ROW[:2], ROW[2:4]),
        # an event brings a hundred times the ground of before, of which half stays
        ([ROW[0], ROW[1]], [ROW[0], box(0, 500, 5000)], [box(0, 500, 5000)]),
    ],
)
def test_real_healing_raises_no_doubt(dates: tuple[Polygons, ...]) -> None:
    assert doubt(*dates) is None


def test_healed_landslides_on_ground_of_which_nothing_is_known() -> None:
    life = trace(dated([ROW[:5], [ROW[0], ROW[2]], []]))
    lines = list(coverage_doubts(life, {"2013", "2014", "2015"}))
    assert [line.partition(":")[2] for line in lines] == [
        " 3 landslides count as healed, 2 of them beyond the extent of its polygons",
        " 2 landslides count as healed",
    ]
    assert lines[0].startswith("nothing says what ground 2014 covers")
    assert not list(coverage_doubts(life, {"2013"}))
