"""Ablations: what each experiment changes, and the table."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from slidelens.errors import ParamsError, SlidelensError
from slidelens.experiments.ablations import (
    PAPER,
    Pair,
    ablation_scores,
    ablations,
    finished_experiments,
    learnable_dates,
    pair_experiments,
    request_ablations,
    write_ablations,
)
from slidelens.experiments.experiment import ExistingExperiment, request_experiment
from slidelens.params.loading import load_params
from slidelens.params.schema import Params
from slidelens.tracking.identity import data_hashes
from support.pipeline.dvc import StandInDvc, ablation_metrics
from support.studies import write_params

DATES = ["2013", "2014", "2015"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_params(tmp_path, tmp_path / "raw", DATES)
    return tmp_path


def params_by_label(folder: Path) -> dict[str, Params]:
    changes = ablations(load_params(folder / "params.yaml"), ["2013", "2015"])
    return {label: request_experiment(folder, label, changes[label]).params for label in changes}


def test_the_starts(folder: Path) -> None:
    """2014 cannot be trained on: it keeps the pretrained weights, and a chain goes past it."""
    params = params_by_label(folder)
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
    params = params_by_label(folder)["scratch-5-landslides"]
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
    params = params_by_label(folder)
    tuning = {label: values.finetune for label, values in params.items()}
    assert {
        label: (values.freeze, values.encoder_lr_share, values.landslides)
        for label, values in tuning.items()
    } == {
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
    params = request_experiment(folder, "paper", PAPER).params
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
        match="the date 2018.5 has a '.', which `dvc exp run -S` takes for a section; "
        "choose another label",
    ):
        ablations(load_params(folder / "params.yaml"), ["2013", "2018.5"])


def test_dates_with_something_to_learn(pretrained: tuple[Path, Params]) -> None:
    """2014 has no landslide, 2015 is not mapped."""
    assert learnable_dates(pretrained[1], pretrained[0]) == ["2013", "2016"]


@pytest.fixture
def pairs(folder: Path) -> list[Pair]:
    changes = {"pretrained": {}, "pretrained-5-landslides": {"finetune.landslides": 5}}
    experiments = [request_experiment(folder, label, changes[label]) for label in changes]
    return [
        (
            experiment,
            ExistingExperiment(experiment.name, "success", experiment.params, ablation_metrics(f1)),
        )
        for experiment, f1 in zip(experiments, (0.75, 0.5), strict=True)
    ]


def test_a_row_has_the_mean_scores_and_f1_of_each_date(folder: Path, pairs: list[Pair]) -> None:
    table = ablation_scores(pairs, load_params(folder / "params.yaml"))
    assert table.landslides.tolist() == ["all", 5]
    assert table.f1.tolist() == [0.75, 0.5]
    assert list(table.columns[-4:]) == ["f1_before", "f1_2013", "f1_2014", "f1_2015"]
    assert table.f1_2015.tolist() == [0.25, 0.25]
    assert table.f1_2014.isna().all()


def test_a_date_without_a_score_that_dvc_leaves_out(folder: Path, pairs: list[Pair]) -> None:
    """`dvc exp show` drops what is null."""
    for _, known in pairs:
        del known.metrics["f1"]["2014"]
    table = ablation_scores(pairs, load_params(folder / "params.yaml"))
    assert table.f1_2014.isna().all()


def test_scores_that_are_missing_or_of_another_kind_are_empty(
    folder: Path, pairs: list[Pair]
) -> None:
    for _, known in pairs:
        del known.metrics["f1_before"], known.metrics["iou"]["mean"]
        known.metrics["loss"] = "text"
    table = ablation_scores(pairs, load_params(folder / "params.yaml"))
    assert table[["f1_before", "iou", "loss"]].isna().all(axis=None)
    assert table.f1.tolist() == [0.75, 0.5]


def test_two_that_change_the_same_have_one_row_each(folder: Path) -> None:
    """With one date to learn from, `pretrained` and `chained` are the same experiment."""
    alike = [request_experiment(folder, label, {}) for label in ("pretrained", "chained")]
    missing = request_experiment(folder, "scratch", {"finetune.epochs": 9})
    known = [
        ExistingExperiment(name, "success", alike[0].params, ablation_metrics(0.75))
        for name in ("pretrained-1", "chained-1")
    ]
    pairs = pair_experiments([*alike, missing], known)
    assert [(experiment.label, existing.name) for experiment, existing in pairs] == [
        ("pretrained", "pretrained-1"),
        ("chained", "pretrained-1"),
    ]


def test_some_of_the_experiments_with_settings_of_their_own(
    pretrained: tuple[Path, Params], tmp_path: Path
) -> None:
    (tmp_path / "data").symlink_to(pretrained[0] / "data")
    write_params(tmp_path, tmp_path / "raw", ["2013", "2014", "2015", "2016"])
    params = load_params(tmp_path / "params.yaml")
    settings = {"epochs": 7}
    experiments = request_ablations(
        params, tmp_path, labels=["scratch", "chained"], settings=settings, stage="evaluate"
    )
    assert [(one.label, one.stage, one.params.epochs) for one in experiments] == [
        ("scratch", "evaluate", 7),
        ("chained", "evaluate", 7),
    ]
    assert experiments[0].changes["finetune.epochs"] == 7  # as long as pretraining
    with pytest.raises(
        ParamsError,
        match="--only frozen: there is no such ablation; there are pretrained, scratch, chained",
    ):
        request_ablations(params, tmp_path, labels=["frozen"])


def test_a_setting_that_some_experiments_set_themselves_is_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("slidelens.experiments.ablations.learnable_dates", lambda *_: ["2013"])
    settings = {"finetune.epochs": 2, "epochs": 3}
    request_ablations(load_params(folder / "params.yaml"), folder, settings=settings)
    assert caplog.messages == [
        "--set finetune.epochs=2 does not hold in scratch (and 4 more), where the experiment itself"
        " sets it"
    ]


def test_the_papers_setting_can_be_shortened(folder: Path) -> None:
    params = load_params(folder / "params.yaml")
    (experiment,) = request_ablations(params, folder, paper=True, settings={"epochs": 20})
    assert (experiment.label, experiment.params.epochs, experiment.params.filters) == (
        "paper",
        20,
        32,
    )


def test_only_finished_experiments_are_shown(folder: Path) -> None:
    dvc, experiment = StandInDvc(), request_experiment(folder, "scratch", {"lr": 0.5})
    with pytest.raises(
        SlidelensError,
        match="none of these experiments has been run on the commit that is checked out; "
        "run `make ablations`",
    ):
        finished_experiments([experiment], dvc.repository(folder))
    dvc.add("another", "success")
    dvc.add(f"older{experiment.mark}", "failed")
    dvc.add(experiment.name, "success")
    known = finished_experiments([experiment], dvc.repository(folder))
    assert [existing.name for existing in known] == [experiment.name]


def test_the_table_names_the_data_that_it_is_from(folder: Path, pairs: list[Pair]) -> None:
    table = ablation_scores(pairs, load_params(folder / "params.yaml"))
    path = folder / "metrics/experiments/ablations.csv"
    write_ablations(path, table, folder)
    assert pd.read_csv(path).data.isna().all()  # the data are not checked out
    (folder / "data/prepared").mkdir(parents=True)
    write_ablations(path, table, folder)
    written = pd.read_csv(path)
    assert written.experiment.tolist() == ["pretrained", "pretrained-5-landslides"]
    assert written.epochs.tolist() == [load_params(folder / "params.yaml").epochs] * 2
    assert set(written.data) == set(data_hashes([folder / "data/prepared"]).values())
