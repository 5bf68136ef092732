"""Failures, and whether they touch earlier ones more often than chance."""

from __future__ import annotations

import math

import pandas as pd
import pytest
import shapely

from slidelens.analysis.lifecycle.statistics.path_dependency import (
    by_years_since,
    failures,
    path_dependency,
)
from slidelens.analysis.lifecycle.tracking import trace
from slidelens.analysis.overlay import shapes_of

YEARS = {str(year): float(year) for year in range(2013, 2020)}
AREA = shapely.box(0, 0, 1000, 1000)


class TestFailures:
    def test_all_of_a_new_one_and_what_an_old_one_grew_by(self) -> None:
        there = shapely.box(500, 0, 600, 100)
        found = failures(
            trace(
                {
                    "2013": [shapely.box(0, 0, 100, 100)],
                    "2014": [shapely.box(0, 0, 100, 150), there],
                }
            )
        )
        assert sorted(shapely.area(found["2014"])) == pytest.approx([5000, 10_000], rel=0.01)

    def test_what_still_stands_is_no_failure(self) -> None:
        here = shapely.box(0, 0, 100, 100)
        assert len(failures(trace({"2013": [here], "2014": [here]}))["2014"]) == 0

    def test_slivers_along_the_old_outline_are_not(self) -> None:
        # 4 m wider all around: 16 % more, expanded, and nowhere more than the tolerance away
        life = trace(
            {"2013": [shapely.box(0, 0, 100, 100)], "2014": [shapely.box(-4, -4, 104, 104)]}
        )
        assert life.observations.state.tolist() == ["new", "expanded"]
        assert len(failures(life)["2014"]) == 0
        assert len(failures(life, tolerance_m=2)["2014"]) == 1

    def test_an_unobserved_landslide_is_no_fresh_ground(self) -> None:
        """Clouds hide it at the second date, and at the third it has grown by a half."""
        here = shapely.box(0, 0, 100, 100)
        life = trace(
            {"2013": [here], "2014": [], "2015": [shapely.box(0, 0, 100, 150)]},
            observed={"2014": [shapely.box(500, 0, 600, 100)]},
        )
        found = failures(life)
        assert len(found["2014"]) == 0
        assert shapely.area(found["2015"]) == pytest.approx([5000], rel=0.01)

    def test_the_unobserved_part_of_a_landslide_is_no_fresh_ground(self) -> None:
        """Clouds hide its eastern half at the second date; at the third it has grown north."""
        here, west = shapely.box(0, 0, 200, 100), shapely.box(0, 0, 100, 100)
        life = trace(
            {"2013": [here], "2014": [west], "2015": [shapely.box(0, 0, 200, 140)]},
            observed={"2014": [shapely.box(-500, -500, 100, 500)]},
        )
        assert life.observations["new_m2"].tolist() == [20_000, 0, 8000]
        assert shapely.area(failures(life)["2015"]) == pytest.approx([8000], rel=0.01)

    def test_the_part_that_healed_beside_an_unobserved_one_is_fresh_ground(self) -> None:
        """Clouds hide the larger part at the second date; the rest is seen to have healed."""
        here = shapely.box(0, 0, 200, 100)
        life = trace(
            {"2013": [here], "2014": [], "2015": [here]},
            observed={"2014": [shapely.box(-500, -500, 80, 500)]},
        )
        assert life.observations["new_m2"].tolist() == [20_000, 0, 8000]
        assert shapely.area(failures(life)["2015"]) == pytest.approx([8000], rel=0.01)

    def test_a_healed_landslide_is_fresh_ground(self) -> None:
        here = shapely.box(0, 0, 100, 100)
        life = trace({"2013": [here], "2014": [], "2015": [here]})
        assert [len(failures(life)[date]) for date in ("2013", "2014", "2015")] == [1, 0, 1]


class TestPathDependency:
    def test_chance_does_not_depend_on_the_batches(self, monkeypatch: pytest.MonkeyPatch) -> None:
        earlier = shapes_of([shapely.box(250, 250, 750, 750)])
        later = shapes_of([shapely.box(750, 300, 760, 310), shapely.box(900, 900, 910, 910)])
        dates = {"2013": earlier, "2014": later, "2015": earlier}
        chances = []
        for points in (10**6, 5 * 1499):
            monkeypatch.setattr(
                "slidelens.analysis.lifecycle.statistics.placements._POINTS", points
            )
            chances.append(path_dependency(dates, YEARS, AREA).chance.tolist())
        assert chances[0] == chances[1]
        assert 0.2 < chances[0][0] < 0.3

    def test_share_and_chance_by_hand(self) -> None:
        # of two failures of 2014 one touches that of 2013. Anywhere in the square kilometre, a
        # failure of 10 × 10 m touches the one of 500 × 500 m (within 1 m) where its centre is no
        # further than 6 m from it: 512 × 512 m less the corners, 0.262
        earlier = shapes_of([shapely.box(250, 250, 750, 750)])
        later = shapes_of([shapely.box(750, 300, 760, 310), shapely.box(900, 900, 910, 910)])
        row = path_dependency({"2013": earlier, "2014": later}, YEARS, AREA).iloc[0]
        assert (row.date, row.earlier, row.years_since, row.failures, row.following, row.share) == (
            "2014",
            "2013",
            1,
            2,
            1,
            0.5,
        )
        assert row.chance == pytest.approx(0.262, abs=0.02)
        assert row.ratio == pytest.approx(0.5 / row.chance)

    def test_all_that_follow_are_told_from_chance(self) -> None:
        earlier = shapes_of([shapely.box(100 * i, 0, 100 * i + 10, 10) for i in range(8)])
        later = shapes_of([shapely.box(100 * i + 10, 0, 100 * i + 20, 10) for i in range(8)])
        row = path_dependency({"2013": earlier, "2014": later}, YEARS, AREA).iloc[0]
        assert row.share == 1
        assert row.p < 1e-6

    def test_by_years_since_adds_up_pairs_of_dates(self) -> None:
        first = shapes_of([shapely.box(0, 0, 10, 10)])
        second = shapes_of([shapely.box(10, 0, 20, 10), shapely.box(500, 500, 510, 510)])
        pairs = path_dependency({"2013": first, "2014": second, "2015": first}, YEARS, AREA)
        table = by_years_since(pairs).set_index("years_since")
        # a year apart: of the two of 2014 one touches 2013's, and 2015's touches 2014's; two years
        # apart: 2015's lies on 2013's
        assert table[["failures", "following"]].to_dict("index") == {
            1: {"failures": 3, "following": 2},
            2: {"failures": 1, "following": 1},
        }

    def test_the_same_again(self) -> None:
        patches = {
            "2013": shapes_of([shapely.box(0, 0, 50, 50)]),
            "2014": shapes_of([shapely.box(500, 0, 550, 50)]),
        }
        assert path_dependency(patches, YEARS, AREA).equals(path_dependency(patches, YEARS, AREA))

    def test_dates_without_failures_or_years(self) -> None:
        patches = {
            "pre": shapes_of([]),
            "post": shapes_of([shapely.box(0, 0, 9, 9)]),
            "later": shapes_of([]),
        }
        pairs = path_dependency(patches, {}, AREA)
        assert len(pairs) == 3
        assert pairs.ratio.isna().all()
        assert by_years_since(pairs).empty

    def test_nothing_anywhere(self) -> None:
        assert path_dependency({"2013": shapes_of([])}, YEARS).empty
        assert by_years_since(path_dependency({"2013": shapes_of([])}, YEARS)).empty


def test_pairs_of_as_many_years_are_pooled_by_their_failures() -> None:
    # Of 10 failures 5 are expected, of 30 another 3: 8 of 40, as many as follow.
    pairs = pd.DataFrame(
        {"years_since": [1, 1], "failures": [10, 30], "following": [6, 2], "chance": [0.5, 0.1]}
    )
    (row,) = by_years_since(pairs).to_dict("records")
    assert (row["failures"], row["following"]) == (40, 8)
    assert [row["share"], row["chance"], row["ratio"]] == pytest.approx([0.2, 0.2, 1])
    # p: 8 or more of 40
    fewer = sum(math.comb(40, k) * 0.2**k * 0.8 ** (40 - k) for k in range(8))
    assert row["p"] == pytest.approx(1 - fewer)
