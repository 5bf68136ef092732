"""Scores of ids and states."""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely

from slidelens.analysis.lifecycle.validation import score_histories

HERE, THERE, ELSEWHERE = (shapely.box(x, 0, x + 10, 10) for x in (0, 100, 200))


def frame(*rows: tuple[int, str, str, shapely.Geometry]) -> gpd.GeoDataFrame:
    names = ["landslide_id", "date", "state", "geometry"]
    return gpd.GeoDataFrame(
        [dict(zip(names, row, strict=True)) for row in rows],
        columns=names,
        geometry="geometry",
        crs="EPSG:32645",
    )


TRUTH = frame(
    (1, "2013", "new", HERE),
    (1, "2014", "persistent", HERE),
    (1, "2015", "healed", shapely.Polygon()),
    (2, "2013", "new", THERE),
    (2, "2014", "expanded", THERE),
)


def test_the_truth_itself_scores_one() -> None:
    scored = score_histories(TRUTH, TRUTH)
    assert (
        scored.identity.f1,
        scored.identity.precision,
        scored.identity.recall,
        scored.state_accuracy(),
    ) == (1, 1, 1, 1)
    assert scored.confusion().loc["healed", "healed"] == 1


def test_ids_may_have_any_name() -> None:
    assert (
        score_histories(
            TRUTH, TRUTH.assign(landslide_id=TRUTH.landslide_id.map({1: 77, 2: 5}))
        ).identity.f1
        == 1
    )


def test_the_order_of_rows_does_not_matter() -> None:
    scored = score_histories(TRUTH, TRUTH[::-1])
    assert (scored.identity.f1, scored.state_accuracy()) == (1, 1)


def test_an_id_that_never_lay_on_a_landslide_is_not_assigned_to_it() -> None:
    """Ids 1 and 2 change places at the last date: landslide 1 keeps id 1, 2 has none.

    So the state of id 2 is compared with none, and that of id 1 with landslide 1's.
    """
    truth = frame(
        *((1, date, "persistent", HERE) for date in ("2013", "2014", "2015", "2016")),
        (2, "2016", "new", THERE),
    )
    estimated = frame(
        *((1, date, "persistent", HERE) for date in ("2013", "2014", "2015")),
        (2, "2016", "new", HERE),
        (1, "2016", "expanded", THERE),
    )
    scored = score_histories(truth, estimated)
    assert (scored.identity.matched, scored.identity.detected) == (3, 5)
    assert scored.state_accuracy("2016") == 0
    assert scored.confusion().loc["new", "none"] == 1
    assert scored.confusion().loc["none", "new"] == 1


def test_a_landslide_under_two_ids() -> None:
    # landslide 1 has the id 1 in 2013 and 9 in 2014: three of four observations have the id that is
    # assigned to their landslide
    estimated = frame(
        (1, "2013", "new", HERE),
        (9, "2014", "new", HERE),
        (2, "2013", "new", THERE),
        (2, "2014", "expanded", THERE),
    )
    scored = score_histories(TRUTH, estimated)
    assert (scored.identity.matched, scored.identity.true, scored.identity.estimated) == (3, 4, 4)
    assert scored.identity.f1 == 0.75
    assert scored.identity.association == 0.75


def test_two_landslides_under_one_id() -> None:
    # id 1 stands for one of the two only
    scored = score_histories(TRUTH, TRUTH.assign(landslide_id=1))
    assert scored.identity.f1 == 0.5


def test_one_missed_and_one_too_many() -> None:
    estimated = frame(
        (1, "2013", "new", HERE), (1, "2014", "persistent", HERE), (3, "2013", "new", ELSEWHERE)
    )
    scored = score_histories(TRUTH, estimated)
    # 2 of 4 true ones found, 2 of 3 estimated ones right
    assert scored.identity.recall == 0.5
    assert scored.identity.precision == pytest.approx(2 / 3)
    assert scored.identity.association == 1
    assert scored.by_date["2014"].recall == 0.5
    assert scored.confusion().loc["none", "new"] == 1
    assert scored.confusion().loc["expanded", "none"] == 1


def test_ground_must_be_the_same() -> None:
    # a third of each in common is an IoU of a fifth
    assert (
        score_histories(
            frame((1, "2013", "new", HERE)),
            frame((1, "2013", "new", shapely.box(20 / 3, 0, 50 / 3, 10))),
        ).identity.matched
        == 0
    )
    assert (
        score_histories(
            frame((1, "2013", "new", HERE)), frame((1, "2013", "new", shapely.box(0, 0, 10, 5)))
        ).identity.matched
        == 1
    )


def test_states_are_compared_where_both_have_one() -> None:
    estimated = frame(
        (1, "2013", "new", HERE), (1, "2014", "shrinking", HERE), (2, "2013", "new", THERE)
    )
    scored = score_histories(TRUTH, estimated)
    assert scored.state_accuracy() == pytest.approx(2 / 3)
    assert scored.state_accuracy("2014") == 0
    assert scored.confusion().loc["persistent", "shrinking"] == 1


def test_nothing_estimated() -> None:
    scored = score_histories(TRUTH, TRUTH[:0])
    assert (
        scored.identity.f1,
        scored.identity.precision,
        scored.identity.association,
        scored.state_accuracy(),
    ) == (0, None, None, None)
    assert scored.to_json()["states"]["new"] == {"none": 2}


def test_nothing_true_and_nothing_estimated() -> None:
    assert score_histories(TRUTH[:0], TRUTH[:0]).identity.f1 is None
