"""`slidelens ablations`: what each experiment changes, and the table."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from slidelens.commands import ablations as command
from slidelens.commands.ablations import PAPER, ablations, learnable, matched, table_of, table_text
from slidelens.errors import ParamsError, SlidelensError
from slidelens.experiments.queue import ExistingExperiment, RequestedExperiment, request
from slidelens.params.loading import load_params
from slidelens.params.schema import Params
from slidelens.tracking.identity import data_hashes
from support.studies import write_params

DATES = ["2013", "2014", "2015"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_params(tmp_path, tmp_path / "raw", DATES)
    return tmp_path


def every(folder: Path) -> dict[str, Params]:
    found = ablations(load_params(folder / "params.yaml"), ["2013", "2015"])
    return {label: request(folder, label, changes).params for label, changes in found.items()}


def test_the_starts(folder: Path) -> None:
    """2014 cannot be trained on: it keeps the pretrained weights, and a chain goes past it."""
    params = every(folder)
    assert params["pretrained"].finetune == load_params(folder / "params.yaml").finetune
    assert params["scratch"].finetune.start == {
        "2013": "scratch",
        "2014": "pretrained",
        "2015": "scratch",
    }
    assert params["chained"].finetune.start == {
        "2013": "pretrained",
        "2014": "pretrained",
        "2015": "2013",
    }


def test_scratch_is_trained_as_long_and_as_fast_as_pretraining(folder: Path) -> None:
    params = every(folder)["scratch-5-landslides"]
    tuning = params.finetune
    assert (tuning.epochs, tuning.lr_share, tuning.patches_per_epoch) == (
        params.epochs,
        1,
        params.pretrain.patches_per_epoch,
    )
    assert (tuning.patience, tuning.lr_patience) == (
        params.pretrain.patience,
        params.pretrain.lr_patience,
    )


def test_one_thing_changes_at_a_time(folder: Path) -> None:
    params = every(folder)
    told = {
        label: (one.finetune.freeze, one.finetune.encoder_lr_share, one.finetune.landslides)
        for label, one in params.items()
    }
    assert told == {
        "pretrained": ("none", 1, None),
        "scratch": ("none", 1, None),
        "chained": ("none", 1, None),
        "freeze-encoder": ("encoder", 1, None),
        "freeze-all-but-head": ("all_but_head", 1, None),
        "slow-encoder": ("none", 0.1, None),
        **{
            f"{start}-{number}-landslides": ("none", 1, number)
            for start in ("pretrained", "scratch")
            for number in (5, 10, 25, 50)
        },
    }


def test_the_papers_setting(folder: Path) -> None:
    params = request(folder, "paper", PAPER).params
    assert (params.lr, params.filters, params.batch_size, params.epochs) == (1e-3, 32, 32, 250)
    assert (params.learning.fn_weight, params.learning.fp_weight, params.learning.lr_schedule) == (
        0.3,
        0.7,
        "plateau",
    )
    assert params.pretrain.patience == 250  # all epochs, and the best of them


def test_a_date_that_dvc_cannot_set(folder: Path) -> None:
    with pytest.raises(
        ParamsError,
        match="the date 2018.5 has a '.', which `dvc exp run -S` takes for a section; choose another label",
    ):
        ablations(load_params(folder / "params.yaml"), ["2013", "2018.5"])


def test_dates_with_something_to_learn(pretrained: tuple[Path, Params]) -> None:
    """2014 has no landslide, 2015 is not mapped."""
    assert learnable(pretrained[1], pretrained[0]) == ["2013", "2016"]


def metrics(f1: float | None) -> dict[str, Any]:
    names = ("f1", "precision", "recall", "iou", "loss", "f1_before")
    return {name: {"2013": f1, "2014": None, "2015": 0.25, "mean": f1} for name in names}


def found(folder: Path) -> tuple[list[tuple[RequestedExperiment, ExistingExperiment]], Params]:
    labels = {"pretrained": {}, "pretrained-5-landslides": {"finetune.landslides": 5}}
    all_wanted = [request(folder, label, changes) for label, changes in labels.items()]
    pairs = [
        (one, ExistingExperiment(one.name, "success", one.params, metrics(f1)))
        for one, f1 in zip(all_wanted, (0.75, 0.5), strict=True)
    ]
    return pairs, load_params(folder / "params.yaml")


def test_the_table(folder: Path) -> None:
    table = table_of(*found(folder))
    assert table.landslides.tolist() == ["all", 5]
    assert table.f1.tolist() == [0.75, 0.5]
    assert list(table.columns[-4:]) == ["f1_before", "f1_2013", "f1_2014", "f1_2015"]
    lines = table_text(table, found(folder)[1]).splitlines()
    assert lines[0] == "Scores on the test blocks, mean over the dates, and F1 of each date"
    assert lines[1].split() == [
        "experiment",
        "f1",
        "precision",
        "recall",
        "iou",
        "loss",
        "before",
        "2013",
        "2014",
        "2015",
    ]
    assert lines[2].split() == ["pretrained", *["0.750"] * 7, "–", "0.250"]


def test_a_date_without_a_score_that_dvc_leaves_out(folder: Path) -> None:
    """`dvc exp show` drops what is null."""
    pairs, params = found(folder)
    for _, known in pairs:
        del known.metrics["f1"]["2014"]
    assert table_of(pairs, params).f1_2014.isna().all()


def test_two_that_change_the_same_have_one_row_each(folder: Path) -> None:
    """With one date to learn from, `pretrained` and `chained` are the same experiment; one that is not there has no row."""
    alike = [request(folder, label, {}) for label in ("pretrained", "chained")]
    other = request(folder, "scratch", {"finetune.epochs": 9})
    known = [
        ExistingExperiment(name, "success", alike[0].params, metrics(0.75))
        for name in ("pretrained-1", "chained-1")
    ]
    assert [(one.label, there.name) for one, there in matched([*alike, other], known)] == [
        ("pretrained", "pretrained-1"),
        ("chained", "pretrained-1"),
    ]


def run(folder: Path, *arguments: str) -> int:
    parser = argparse.ArgumentParser()
    command.add_parser(parser.add_subparsers())
    parsed = parser.parse_args(["ablations", "--folder", str(folder), *arguments])
    return int(parsed.run(parsed))


def test_from_the_command_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "learnable", lambda *_: DATES)
    monkeypatch.setattr(command, "known_experiments", lambda _: [])
    assert run(folder, "--list", "--only", "chained", "--set", "epochs=2") == 0
    line = capsys.readouterr().out
    assert line.split(maxsplit=1) == [
        "chained",
        "epochs=2, finetune.from.2013=pretrained, finetune.from.2014=2013, finetune.from.2015=2014\n",
    ]
    with pytest.raises(
        ParamsError,
        match="--only frozen: there is no such ablation; there are pretrained, scratch, chained",
    ):
        run(folder, "--list", "--only", "frozen")
    with pytest.raises(
        SlidelensError,
        match="none of these experiments has been run on the commit that is checked out; run `make ablations`",
    ):
        run(folder, "--table")
    monkeypatch.setattr(
        command,
        "known_experiments",
        lambda _: [
            ExistingExperiment(one.name, "success", one.params, metrics(0.5))
            for one in asked(folder)
        ],
    )
    assert run(folder, "--table") == 0
    assert (
        pd.read_csv(folder / "metrics/experiments/ablations.csv").data.isna().all()
    )  # the ground is not checked out
    (folder / "data/prepared").mkdir(parents=True)
    assert run(folder, "--table") == 0
    table = pd.read_csv(folder / "metrics/experiments/ablations.csv")
    assert table.experiment.tolist() == ["pretrained"]
    assert table.epochs.tolist() == [load_params(folder / "params.yaml").epochs]
    assert table.data.tolist() == [data_hashes([folder / "data/prepared"]).popitem()[1]]


def test_the_papers_setting_has_a_table_of_its_own(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paper = request(folder, "paper", PAPER)
    monkeypatch.setattr(
        command,
        "known_experiments",
        lambda _: [ExistingExperiment(paper.name, "success", paper.params, metrics(0.5))],
    )
    assert run(folder, "--paper", "--table") == 0
    table = pd.read_csv(folder / "metrics/experiments/paper.csv")
    assert (table.experiment[0], table.epochs[0], table.filters[0]) == ("paper", 250, 32)
    assert not (folder / "metrics/experiments/ablations.csv").exists()


def test_the_papers_setting_can_be_shortened(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(folder, "--paper", "--list", "--set", "epochs=20") == 0
    assert "epochs=20, lr=0.001, filters=32" in capsys.readouterr().out


def asked(folder: Path) -> list[RequestedExperiment]:
    return [
        request(
            folder,
            "pretrained",
            ablations(load_params(folder / "params.yaml"), DATES)["pretrained"],
        )
    ]
