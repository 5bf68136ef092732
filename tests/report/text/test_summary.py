"""The summary in plain words."""

from __future__ import annotations

from slidelens.report.text.summary import summary

F1 = {name: {"a": 0.8, "b": 0.6, "mean": 0.7} for name in ("f1", "precision", "recall")} | {
    "f1_before": {"a": 0.7, "b": 0.65, "mean": 0.675}
}
ROW = {
    "mapped_km2": 33.0,
    "manual_count": 10,
    "predicted_count": 15,
    "manual_total_area_m2": 1e4,
    "predicted_total_area_m2": 9e3,
    "manual_missed": 2,
    "predicted_false_alarms": 6,
}
LEDGER = {"new": 4, "new_m2": 3e4, "healed": 1, "healed_m2": 1e4, "landslides": 8, "area_m2": 5e4}


def test_the_summary_in_plain_words() -> None:
    lifecycle = {
        "polygons": 30,
        "landslides": 20,
        "dates": {"a": LEDGER, "b": LEDGER},
        "manual": {"landslides": 17},
    }
    sentences = summary(["a", "b"], F1, {"a": ROW, "b": ROW}, lifecycle, revised=True)
    text = " ".join(sentence for part in sentences.values() for sentence in part)
    for words in (
        "33.0 km² were mapped at 2 dates, a to b",
        "0.70 on average: from 0.60 in b to 0.80 in a",
        "improved F1 at 1 of 2 dates; without it the mean is 0.68",
        "30 landslides are predicted for 20 mapped by hand, with 90 % of their area. "
        "12 predicted landslides touch no manual one",
        "4 manual landslides are missed entirely",
        "based on the revised inventories, without likely false alarms",
        "their 30 outlines are 20 different landslides (17 in the manual inventories)",
        "The largest increase was in b: 4 new landslides and 3.0 ha",
        "In b, 8 landslides cover 5.0 ha",
    ):
        assert words in text


def test_a_single_scored_date_has_no_mean() -> None:
    f1 = {name: {"a": 0.6, "b": None, "mean": 0.6} for name in F1} | {
        "f1_before": {"a": 0.4, "b": None, "mean": 0.4}
    }
    lifecycle = {"polygons": 30, "landslides": 20, "dates": {"a": LEDGER, "b": LEDGER}}
    text = " ".join(
        summary(["a", "b"], f1, {"a": ROW, "b": ROW}, lifecycle, False)["How good it is"]
    )
    assert "F1, which combines both, is 0.60 in a, the only date with a score." in text
    assert "Fine-tuning to each date improved F1; without it F1 is 0.40" in text
    assert "average" not in text
    assert "mean" not in text


def test_corrected_numbers_are_reported_if_known() -> None:
    row = ROW | {"estimated_count": 11.6, "estimated_count_low": 8.2, "estimated_count_high": 15.0}
    sentences = summary(
        ["a", "b"],
        F1,
        {"a": row, "b": ROW},
        {"polygons": 30, "landslides": 20, "dates": {"a": LEDGER, "b": LEDGER}},
        False,
    )
    assert any(
        "their number is about 12 in a (8 to 15); such ranges should contain" in sentence
        for sentence in sentences["What was mapped"]
    )


def test_the_summary_of_a_date_without_inventory_or_change() -> None:
    nothing = {name: {"a": None, "mean": None} for name in F1}
    row = dict.fromkeys(ROW) | {"mapped_km2": 1.0, "predicted_count": 0}
    sentences = summary(
        ["a"],
        nothing,
        {"a": row},
        {"polygons": 0, "landslides": 0, "dates": {"a": dict.fromkeys(LEDGER, 0)}},
        False,
    )
    assert sentences["How good it is"] == [
        "No date could be scored: no manually mapped landslide lies in the test blocks. "
        "Check the maps by eye before using them."
    ]
    assert sentences["What changed"][-1] == "With one date there is no change to report."
    assert (
        "No manual inventory was given for a: mapped, but not scored."
        in sentences["What was mapped"]
    )
