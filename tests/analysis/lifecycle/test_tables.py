"""Tables of the histories."""

from __future__ import annotations

from slidelens.analysis.lifecycle.tables import history_tables, round_significant


def test_rows_of_all_inventories_stand_in_one_table() -> None:
    metrics = {
        "predicted": {
            "dates": {"2013": {"area_m2": 3}, "2014": {"area_m2": 5}},
            "evolution": {"2014": {"new_m2": 2}},
            "path_dependency": [],
        },
        "manual": {"dates": {"2013": {"area_m2": 4}}, "evolution": {}, "path_dependency": []},
    }
    tables = history_tables(metrics)
    assert tables["ledger"].to_dict("list") == {
        "inventory": ["predicted", "predicted", "manual"],
        "date": ["2013", "2014", "2013"],
        "area_m2": [3, 5, 4],
    }
    assert tables["evolution"].to_dict("list") == {
        "inventory": ["predicted"],
        "date": ["2014"],
        "new_m2": [2],
    }
    assert tables["path_dependency"].empty
    assert list(tables["path_dependency"])[:2] == ["inventory", "years_since"]


def test_numbers_are_rounded_to_the_hundredth_or_to_four_digits() -> None:
    value = {"a": [12345.6789, 0.123456], "b": (1.0, 7), "c": "text", "d": None}
    assert round_significant(value) == {
        "a": [12345.68, 0.1235],
        "b": [1.0, 7],
        "c": "text",
        "d": None,
    }
