"""The benchmark of intervals: draws by hand, and a study mapped without an error."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks import intervals as benchmark
from benchmarks.intervals import coverage, draw, draw_all, in_scores, random_blocks, shares
from slidelens.dataset.prepared import read_prepared
from slidelens.dataset.prepared_files import read_manual
from slidelens.geo.rasterise import rasterise
from slidelens.params.schema import Params
from slidelens.types import Float32
from support.learning.trainings import pretrained_metadata
from support.report.reported import write_results
from support.report.results import STATISTICS
from support.studies import Date, area_grid, params_for, write_params

Study = tuple[Path, Params]


def draws(level: float, *rows: tuple[float, float, float]) -> pd.DataFrame:
    return pd.DataFrame([(level, *row) for row in rows], columns=["level", "low", "high", "others"])


def test_coverage_by_hand() -> None:
    # At 0.9 one of four gives no interval; of the others 1…3 holds 2 and 3 but not 4; the widths
    # are 2/2, 2/3 and 2/4: median 2/3.
    last = draws(0.9, (1, 3, 2), (1, 3, 3), (1, 3, 4), (np.nan, np.nan, 2))
    covered = coverage(pd.concat([last, draws(0.5, (1, 3, 4))]))
    assert covered["0.9 holds"] == pytest.approx(2 / 3)
    assert covered["0.5 holds"] == 0
    assert covered["0.8 holds"] is None
    assert covered["width"] == pytest.approx(2 / 3)
    assert covered["unsaid"] == pytest.approx(1 / 5)


def test_width_is_a_share_only_of_something() -> None:
    covered = coverage(draws(0.9, (0, 0, 0), (0, 3, 2)))
    assert covered["0.9 holds"] == 1
    assert covered["width"] == 1.5


def test_intervals_are_made_from_the_manual_figures_and_held_against_the_true_ones() -> None:
    # Each block has 2 predicted, 1 mapped by hand and 1.5 in truth: every draw of 4 of 6 estimates
    # 2 on the others, truly 3.
    ones, blocks = np.ones(6), np.arange(6)
    found = draw(2 * ones, ones, 1.5 * ones, blocks, known=4, number=3)
    assert len(found) == 3 * 3
    assert set(found["level"]) == {0.5, 0.8, 0.9}
    assert (found["low"] == 2).all()
    assert (found["high"] == 2).all()
    assert (found["others"] == 3).all()


def test_draws_differ_and_repeat() -> None:
    manual, predicted = np.arange(20.0), np.arange(1.0, 21)
    first, again = (draw(predicted, manual, manual, np.arange(20), 5, 10) for _ in range(2))
    assert first.equals(again)
    assert first["others"].nunique() > 1


def test_a_share_of_the_blocks_is_drawn_of_each_figure_against_each_truth() -> None:
    figures = {
        name: {"count": np.full(10, number), "area_m2": np.full(10, 100.0)}
        for name, number in (("predicted", 2.0), ("manual", 1.0))
    }
    table = shares(
        pd.concat(
            [
                rows.assign(date="2013")
                for rows in draw_all(figures | {"true": figures["manual"]}, np.arange(8), 0.5, 5)
            ]
        )
    )
    assert list(table["date"]) == ["2013"] * 4 + ["all"] * 4
    first = table.iloc[0]  # 8 of the 10 blocks have ground, half of them are known
    assert (
        first["figure"],
        first["truth"],
        first["drawn"],
        first["landslides"],
        first["0.9 holds"],
    ) == ("count", "manual", "4 of 8", 8, 1)


@pytest.fixture(scope="module")
def study(store: str, tmp_path_factory: pytest.TempPathFactory) -> Study:
    """What evaluate leaves of three dates: with landslides, without, without inventory."""
    root = tmp_path_factory.mktemp("intervals")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", store)
        return root, write_results(
            root, {"2013": Date(), "2014": Date(number=0), "2015": Date(mapped=False)}
        )


def bright_in_red(pixels: Float32) -> Float32:
    """A network without errors on tiny studies.

    Their landslides are 1,300 brighter in red; all else scatters by less than 400.
    """
    return (pixels[..., 1] > 650).astype(np.float32)


def test_where_the_map_is_right_every_interval_holds(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, params = study
    metadata = pretrained_metadata(STATISTICS, model=params.model, filters=params.filters)
    monkeypatch.setattr(benchmark, "load_network", lambda _: (metadata, bright_in_red))
    table = random_blocks(params, root, draws=20)
    assert list(table["date"]) == [
        "2013",
        "2013",
        "all",
        "all",
    ]  # no other date has a landslide mapped by hand
    area = table[table["figure"] == "area_m2"].iloc[0]
    # 15 % of 6 × 6 blocks; the pixels of the prepared inventory, of 100 m².
    inventory = read_manual(root / "data/prepared/2013")
    assert inventory is not None
    manual = rasterise(inventory.geometry, area_grid())
    assert area["drawn"] == "5 of 36"
    assert area["landslides"] == 100 * manual.sum()
    assert (area["0.5 holds"], area["0.9 holds"], area["width"]) == (1, 1, 0)
    assert 0 < area["unsaid"] < 1  # of five blocks, four must have a landslide


def test_blocks_may_have_a_side_that_was_chosen(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, params = study
    split = params.split.model_copy(update={"block_m": None})
    inventory = read_manual(root / "data/prepared/2013")
    monkeypatch.setattr(benchmark, "load_network", lambda _: (None, None))
    monkeypatch.setattr(benchmark, "map_landslides", lambda *_: inventory)
    monkeypatch.setattr(
        benchmark, "read_prepared", lambda folder: replace(read_prepared(folder), block_px=32)
    )
    table = random_blocks(params.model_copy(update={"split": split}), root, draws=2)
    assert table["drawn"][0] == "1 of 9"  # of 96 × 96 pixels


def test_without_a_manual_inventory_nothing_is_measured(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(benchmark, "load_network", lambda _: (None, None))
    with pytest.raises(SystemExit, match="no date of this study has a landslide mapped by hand"):
        random_blocks(params_for(study[0] / "raw", ["2014", "2015"]), study[0], draws=5)


def test_the_intervals_of_scores_json_are_counted(study: Study) -> None:
    table = in_scores(study[1], study[0]).set_index("date")
    # Of 2013 the ratio is 1 in every validation block: the number on test blocks is right, the area
    # lacks the first landslide.
    assert list(table.index) == ["2013", "2014", "2015", "all"]
    holds = {
        date: (row["count_holds"], row["area_holds"])
        for date, row in table.to_dict("index").items()
    }
    assert holds["2013"] == ("yes", "no")
    assert holds["all"] == ("1 of 1", "0 of 1")


def test_a_simulated_study_is_called_so(
    study: Study, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = study[0]
    write_params(folder, folder / "raw", ["2013", "2014", "2015"])
    monkeypatch.setattr("sys.argv", ["intervals", "--folder", str(folder), "--draws", "1"])
    monkeypatch.setattr(benchmark, "random_blocks", lambda *_: pd.DataFrame({"width": [None, 0.5]}))
    benchmark.main()
    assert "SIMULATED" not in (out := capsys.readouterr().out)
    assert "–" in out
    assert "1 of 1" in out
    (folder / "raw/truth").mkdir(parents=True)
    benchmark.main()
    assert capsys.readouterr().out.startswith("SIMULATED demo study")
