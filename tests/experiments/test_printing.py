"""Tables of experiments for people."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from slidelens.experiments.hyperparameters import SCORES, Combination
from slidelens.experiments.printing import print_ablations, print_combinations, print_transfer
from slidelens.experiments.tables import ABLATION_SETTINGS
from slidelens.experiments.transfer import add_change
from support.learning.transfer import transfer_scores
from support.studies import params_for


def combination(filters: int, f1: float | None, test_f1: float) -> Combination:
    scores = {
        ("validation", name): value
        for name, value in zip(SCORES, (0.25, 0.8, 0.7, f1), strict=True)
    }
    test = {("test", name): None for name in SCORES} | {("test", "f1"): test_f1}
    return Combination(
        lr=1e-3, filters=filters, batch_size=8, scores=scores | test, settings={}, run="a"
    )


def test_the_best_combination_is_marked(capsys: pytest.CaptureFixture[str]) -> None:
    print_combinations(
        [combination(8, 0.6, 0.9), combination(16, 0.7, 0.1), combination(32, None, 0.5)]
    )
    # widths: lr 4, filters 7, batch_size 10, two spaces between: validation begins at
    # 4 + 7 + 10 + 3 · 2 = 27, test at 27 + (5 + 9 + 6 + 5) + 4 · 2 = 60
    heading, *lines = capsys.readouterr().out.splitlines()
    assert heading == 27 * " " + "validation ground" + 16 * " " + "test ground"
    assert [line[:27] for line in lines] == [
        "lr    filters  batch_size  ",
        "1e-3        8           8  ",
        "1e-3       16           8  ",
        "1e-3       32           8  ",
    ]
    assert [line[27:] for line in lines] == [
        " loss  precision  recall     f1  loss  precision  recall     f1",
        "0.250      0.800   0.700  0.600     –          –       –  0.900",
        "0.250      0.800   0.700  0.700     –          –       –  0.100 *",
        "0.250      0.800   0.700      –     –          –       –  0.500",
    ]


@pytest.mark.parametrize(
    ("root", "simulated"), [("data/raw", ""), ("demo/study", ", simulated demo study")]
)
def test_ablations_have_three_digits(
    root: str, simulated: str, capsys: pytest.CaptureFixture[str]
) -> None:
    scores = {"f1": 0.75, "loss": 0.2, "f1_before": 0.5, "f1_2013": 0.75, "f1_2014": None}
    row = {"experiment": "scratch", "landslides": "all", "freeze": "none", **scores}
    settings = dict.fromkeys(ABLATION_SETTINGS, 1)
    table = pd.DataFrame([{**row, **settings}]).astype({"f1_2014": float})
    print_ablations(table, params_for(Path(root), ["2013", "2014"]))
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        f"Scores on the test blocks, mean over the dates, and F1 of each date{simulated}",
        "experiment     f1   loss  before   2013  2014",
        "scratch     0.750  0.200   0.500  0.750     –",
    ]


def test_what_fine_tuning_lost_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    params = params_for(tmp_path, ["2013", "2014", "2015"])
    print_transfer(add_change(transfer_scores()), params)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == (
        "F1 by network (rows) and test area "
        "(columns; pretrain: its validation blocks, dates: test blocks)"
    )
    assert lines[1].split() == ["pretrain", "2013", "2014", "2015", "change", "elsewhere"]
    assert lines[2].split() == ["pretrained", "0.750", "0.500", "0.500", "–"]
    # (-0.1 - 0.3) / 2
    assert lines[3].split() == ["2013", "0.650", "[0.700]", "0.200", "–", "-0.200"]
