"""`slidelens ablations`: list, run and show the experiments."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from slidelens.cli import main
from slidelens.commands import ablations as command
from slidelens.experiments import ablations as library
from slidelens.experiments.ablations import PAPER, ablations
from slidelens.experiments.experiment import request_experiment
from slidelens.params.loading import load_params
from support.pipeline.dvc import StandInDvc, ablation_metrics
from support.studies import write_params

DATES = ["2013", "2014", "2015"]
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A study whose dates can all be learnt from."""
    write_params(tmp_path, tmp_path / "raw", DATES)
    monkeypatch.setattr(library, "learnable_dates", lambda *_: DATES)
    return tmp_path


@pytest.fixture
def dvc(monkeypatch: pytest.MonkeyPatch) -> StandInDvc:
    stand_in = StandInDvc()
    stand_in.metrics = ablation_metrics(0.5)
    monkeypatch.setattr(command, "DvcRepository", stand_in.repository)
    return stand_in


def run(folder: Path, *words: str) -> int:
    return main(["ablations", "--folder", str(folder), *words])


def test_the_changes_are_listed(folder: Path, dvc: StandInDvc, capsys: Capture) -> None:
    assert run(folder, "--list", "--only", "chained", "--set", "epochs=2") == 0
    assert capsys.readouterr().out.split(maxsplit=1) == [
        "chained",
        "epochs=2, finetune.from.2013=pretrained, finetune.from.2014=2013, "
        "finetune.from.2015=2014\n",
    ]
    assert run(folder, "--list", "--only", "pretrained", "scratch") == 0
    labels = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert labels == ["pretrained", "scratch"]
    assert run(folder, "--paper", "--list", "--set", "epochs=20") == 0
    assert "epochs=20, lr=0.001, filters=32" in capsys.readouterr().out
    assert run(folder, "--list", "--only", "frozen") == 2
    assert (
        "--only frozen: there is no such ablation; there are pretrained, scratch, chained"
        in capsys.readouterr().err
    )
    assert dvc.calls == []


@pytest.mark.parametrize("words", [["--table"], ["--csv", "own.csv"]])
def test_a_list_takes_no_options_of_the_table(
    words: list[str], folder: Path, dvc: StandInDvc, capsys: Capture
) -> None:
    assert run(folder, "--list", *words) == 2
    line = capsys.readouterr().err
    assert f"{words[0]} has no use with --list; leave one of them out" in line


def test_what_exists_is_shown(folder: Path, dvc: StandInDvc, capsys: Capture) -> None:
    assert run(folder, "--table") == 2
    assert (
        "none of these experiments has been run on the commit that is checked out; "
        "run `make ablations`" in capsys.readouterr().err
    )
    changes = ablations(load_params(folder / "params.yaml"), DATES)["pretrained"]
    dvc.add(request_experiment(folder, "pretrained", changes).name, "success")
    assert run(folder, "--table") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Scores on the test blocks, mean over the dates, and F1 of each date"
    assert lines[1].split() == [
        *("experiment", "f1", "precision", "recall", "iou", "loss", "before"),
        *DATES,
    ]
    assert lines[2].split() == ["pretrained", *["0.500"] * 7, "–", "0.250"]
    table = pd.read_csv(folder / "metrics/experiments/ablations.csv")
    assert table.experiment.tolist() == ["pretrained"]
    assert dvc.queued() == []


def test_what_is_missing_is_run(folder: Path, dvc: StandInDvc, capsys: Capture) -> None:
    words = ("--only", "scratch", "chained", "--stage", "evaluate", "--jobs", "3")
    assert run(folder, *words, "--csv", str(folder / "own.csv")) == 0
    assert dvc.calls[0] == ["repro", "prepare"]
    assert ["queue", "start", "--jobs", "3"] in dvc.calls
    assert [call[-1] for call in dvc.calls if "--queue" in call] == ["evaluate"] * 2
    assert pd.read_csv(folder / "own.csv").experiment.tolist() == ["scratch", "chained"]
    assert "chained" in capsys.readouterr().out


def test_the_papers_setting_has_a_table_of_its_own(folder: Path, dvc: StandInDvc) -> None:
    dvc.add(request_experiment(folder, "paper", PAPER).name, "success")
    assert run(folder, "--paper", "--table") == 0
    table = pd.read_csv(folder / "metrics/experiments/paper.csv")
    assert (table.experiment[0], table.epochs[0], table.filters[0]) == ("paper", 250, 32)
    assert not (folder / "metrics/experiments/ablations.csv").exists()
