"""Parts of the page: pictures, outlines, sentences, cells and where the numbers come from."""

from __future__ import annotations

import base64
import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from slidelens.learning.inference.weights import WeightsMetadata
from slidelens.report.page.encoding import LEVELS, css_ramp, overlay, photo
from slidelens.report.page.map_data import rings_of
from slidelens.report.page.page import _json, _table
from slidelens.report.tables.table import Table
from slidelens.report.text.model_card import model_card
from slidelens.report.text.provenance import locked_hashes, software
from slidelens.report.text.summary import summary
from support.reported import STATISTICS
from support.studies import box, grid_of, params_for

GRID = grid_of(40, 40)


def decoded(uri: str) -> object:
    from PIL import Image

    return Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2])))


def test_an_overlay_is_clear_at_zero_and_where_there_is_no_number() -> None:
    picture = np.asarray(
        decoded(overlay(np.array([[0.0, np.nan, 0.5, 1.0, 9.0]]), 1.0, "viridis")).convert("RGBA")
    )  # type: ignore[attr-defined]
    assert list(picture[0, :, 3]) == [0, 0, 204, 204, 204]
    assert (picture[0, 3, :3] == picture[0, 4, :3]).all()
    assert (picture[0, 3, :3] == (253, 231, 37)).all()


def test_an_overlay_that_fades_in_is_clear_where_there_is_next_to_nothing() -> None:
    """0.02 of 23 steps is none; 0.2 of 0.4 is half as opaque as all."""
    picture = np.asarray(
        decoded(overlay(np.array([[0.0, 0.02, 4.6 / 23, 0.4, 1.0]]), 1.0, "viridis", 0.4)).convert(
            "RGBA"
        )
    )  # type: ignore[attr-defined]
    clear, next_to, half, full, all_ = picture[0, :, 3].tolist()
    assert clear == next_to == 0 < half < full <= all_ == 204


def test_the_best_row_is_marked_and_the_mean_stands_at_the_foot() -> None:
    table = Table(
        "t", "", "", pd.DataFrame({"date": ["a", "mean"], "best": ["best", ""], "f1": [0.5, 0.25]})
    )
    html = _table(table, False)
    assert html.count("class=best") == 1
    assert html.index("class=best") < html.index("<tfoot>") < html.index(">mean<")


def test_large_pictures_are_made_smaller() -> None:
    assert decoded(photo(np.zeros((2, 3200, 3), np.uint8))).size == (1600, 1)  # type: ignore[attr-defined]


def test_a_ramp_for_the_legend() -> None:
    assert css_ramp("viridis").startswith("linear-gradient(to right,#440154,")
    assert LEVELS % 3 == 0


def test_rings_are_told_in_steps_of_tenths_of_a_pixel() -> None:
    shape = box(GRID, 2, 3, 10, 20).difference(box(GRID, 4, 5, 2, 2))
    rings = rings_of(shape, GRID)
    places = [np.cumsum(np.array(ring).reshape(-1, 2), axis=0) / 10 for ring in rings]
    assert [(place.min(axis=0).tolist(), place.max(axis=0).tolist()) for place in places] == [
        ([3, 2], [23, 12]),
        ([5, 4], [7, 6]),
    ]
    assert rings_of(None, GRID) == [] == rings_of(shapely.Polygon(), GRID)


def test_text_cannot_leave_its_place_on_the_page() -> None:
    assert "</script>" not in _json({"date": "</script>"})
    html = _table(Table("t", "A < B", "", pd.DataFrame({"date": ['"><script>']})), simulated=False)
    assert "<script>" not in html
    assert "A &lt; B" in html


def test_cells_have_the_whole_number_and_show_a_readable_one() -> None:
    html = _table(
        Table(
            "t",
            "",
            "",
            pd.DataFrame(
                {"a": [0.123456], "b": [12345.6], "c": [7], "d": [None], "e": [1e-5], "f": [42.03]}
            ),
        ),
        simulated=False,
    )
    for cell in (
        'data-value="0.123456">0.123<',
        'data-value="12345.6">12,346<',
        'data-value="7">7<',
        'data-value="">–<',
        ">1e-5<",
        ">42.0<",
    ):
        assert cell in html


def test_a_table_that_is_not_there_is_a_sentence() -> None:
    html = _table(Table("t", "Table 9", "Run `make <it>`.", pd.DataFrame()), simulated=False)
    assert "Run <code>make &lt;it&gt;</code>." in html
    assert "<table" not in html
    assert "<button" not in html


F1 = {name: {"a": 0.8, "b": 0.6, "mean": 0.7} for name in ("f1", "precision", "recall")} | {
    "f1_before": {"a": 0.7, "b": 0.65, "mean": 0.675}
}
ROW = {
    "mapped_km2": 33.0,
    "manual_count": 10,
    "predicted_count": 15,
    "manual_total_area_m2": 1e4,
    "predicted_total_area_m2": 9e3,
}
ROW |= {"manual_missed": 2, "predicted_false_alarms": 6}
LEDGER = {"new": 4, "new_m2": 3e4, "healed": 1, "healed_m2": 1e4, "landslides": 8, "area_m2": 5e4}


def test_the_summary_in_plain_words() -> None:
    lifecycle = {
        "polygons": 30,
        "landslides": 20,
        "dates": {"a": LEDGER, "b": LEDGER},
        "manual": {"landslides": 17},
    }
    told = summary(["a", "b"], F1, {"a": ROW, "b": ROW}, lifecycle)
    text = " ".join(sentence for part in told.values() for sentence in part)
    for words in (
        "33.0 km² were mapped at 2 dates, a to b",
        "0.70 on average: from 0.60 in b to 0.80 in a",
        "better at 1 of 2 dates; without it the mean is 0.68",
        "30 landslides are predicted over the dates for 20 mapped by hand, with 90 % of their area. 12 of the predicted touch none",
        "4 of those mapped by hand are missed",
        "their 30 outlines are 20 different landslides (17 by the manual inventories)",
        "Most came in b: 4 new landslides, and 3.0 ha",
        "In b, 8 landslides cover 5.0 ha",
    ):
        assert words in text


def test_the_summary_tells_corrected_numbers_where_there_are() -> None:
    row = ROW | {"estimated_count": 11.6, "estimated_count_low": 8.2, "estimated_count_high": 15.0}
    told = summary(
        ["a", "b"],
        F1,
        {"a": row, "b": ROW},
        {"polygons": 30, "landslides": 20, "dates": {"a": LEDGER, "b": LEDGER}},
    )
    assert any(
        "their number is about 12 in a (8 to 15); such ranges are meant to hold" in sentence
        for sentence in told["What was mapped"]
    )


def test_the_summary_of_a_date_without_inventory_or_change() -> None:
    nothing = {name: {"a": None, "mean": None} for name in F1}
    row = dict.fromkeys(ROW) | {"mapped_km2": 1.0, "predicted_count": 0}
    told = summary(
        ["a"],
        nothing,
        {"a": row},
        {"polygons": 0, "landslides": 0, "dates": {"a": dict.fromkeys(LEDGER, 0)}},
    )
    assert told["How good it is"] == [
        "No date could be scored: there are no landslides mapped by hand on test ground. Check the maps by eye before they are used."
    ]
    assert told["What changed"][-1] == "With one date there is no change to tell of."
    assert "No manual inventory was given for a: mapped, but not scored." in told["What was mapped"]


def test_hashes_are_those_of_the_lock_without_code_and_the_stage_itself(tmp_path: Path) -> None:
    lock = tmp_path / "dvc.lock"
    lock.write_text(
        "schema: '2.0'\nstages:\n"
        "  density: {cmd: x, deps: [{path: data/maps/2013, md5: 11.dir}, {path: src/a.py, md5: '22'}], outs: [{path: data/density, md5: 33.dir}]}\n"
        "  report: {cmd: x, outs: [{path: report, md5: 44.dir}]}\n"
    )
    assert locked_hashes(lock, without="report") == {
        "data/density": "33.dir",
        "data/maps/2013": "11.dir",
    }
    assert locked_hashes(tmp_path / "none.lock", without="report") == {}


def test_versions_are_those_installed() -> None:
    assert software()["numpy"] == np.__version__
    assert "pandas" in software()
    assert "Python" in software()


def test_the_model_card_tells_where_each_network_starts() -> None:
    params = params_for(
        Path("study"), ["2013", "2014"], finetune__from={"2013": "pretrained", "2014": "2013"}
    )
    card = WeightsMetadata(params.model, 4, STATISTICS, 10.0, 0.5, ("pretrain",))
    f1 = {"f1": {"2013": 0.5, "2014": None}}
    told = model_card(params, card, f1, {"epoch": 3, "validation": {"f1": None}}, simulated=True)
    text = " ".join(sentence for part in told.values() for sentence in part)
    assert "One network for each date" in text
    several = " ".join(
        model_card(
            params,
            replace(card, members=3),
            f1,
            {"epoch": 3, "validation": {"f1": None}},
            simulated=True,
        )["Model"]
    )
    assert "The mean of 3 networks trained apart for each date" in several
    for words in (
        "from the pretrained one (2014 from that of 2013)",
        "green, red, nir, pixels of 10 m",
        "SIMULATED",
        "by date: 2013: 0.50.",
    ):
        assert words in text
