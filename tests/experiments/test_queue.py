"""DVC's queue: what counts as done, what is queued again, and that nothing is queued twice."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from slidelens.errors import ParamsError, SlidelensError
from slidelens.experiments.experiment import (
    ExistingExperiment,
    RequestedExperiment,
    request_experiment,
)
from slidelens.experiments.queue import dvc_value, run_experiments, share_processors
from support.pipeline.dvc import NO_PROCESS, StandInDvc
from support.studies import write_params


@pytest.fixture
def dvc() -> StandInDvc:
    return StandInDvc()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_params(tmp_path, tmp_path / "raw", ["2013", "2014"])
    return tmp_path


def two(folder: Path) -> Sequence[RequestedExperiment]:
    return [
        request_experiment(folder, f"lr{lr}", {"lr": lr, "finetune.freeze": "encoder"})
        for lr in (0.5, 0.25)
    ]


def run(
    experiments: Sequence[RequestedExperiment], folder: Path, dvc: StandInDvc, jobs: int = 1
) -> list[ExistingExperiment]:
    return run_experiments(experiments, dvc.repository(folder), jobs)


@pytest.mark.parametrize(
    ("value", "text"),
    [(1e-5, "1e-05"), (None, "null"), ("encoder", "encoder"), (8, "8"), (True, "true")],
)
def test_values_as_dvc_takes_them(value: Any, text: str) -> None:
    assert dvc_value(value) == text


def test_all_are_queued_and_run(folder: Path, dvc: StandInDvc) -> None:
    experiments = two(folder)
    known = run(experiments, folder, dvc, jobs=3)
    names = [experiment.name for experiment in experiments]
    assert dvc.queued() == names == [existing.name for existing in known]
    changes = ["-S", "lr=0.5", "-S", "finetune.freeze=encoder"]
    assert dvc.calls[1] == ["exp", "run", "--queue", "--name", names[0], *changes, "density"]
    assert ["queue", "start", "--jobs", "3"] in dvc.calls
    assert known[0].metrics == {"f1": {"mean": 0.5}}


def test_the_queue_is_watched_where_it_began_whatever_is_committed_meanwhile(
    folder: Path, dvc: StandInDvc
) -> None:
    git = ["git", "-C", str(folder), "-c", "user.name=a", "-c", "user.email=a@b.c"]
    subprocess.run([*git, "init", "--quiet"], check=True)

    def commit() -> None:
        subprocess.run([*git, "commit", "--quiet", "--allow-empty", "-m", "one"], check=True)

    def commit_and_finish() -> None:
        commit()
        dvc.set_states("success")

    commit()
    begun = dvc.repository(folder).commit()
    dvc.on_start = commit_and_finish
    run(two(folder), folder, dvc)
    assert dvc.repository(folder).commit() != begun
    start = dvc.calls.index(["queue", "start", "--jobs", "1"])
    watched = [call[-1] for call in dvc.calls[start:] if "show" in call]
    assert watched
    assert set(watched) == {begun}


def test_experiments_that_would_fail_at_their_end_are_not_queued(
    folder: Path, dvc: StandInDvc
) -> None:
    """The stage `report` makes the plots that others miss."""
    (folder / "dvc.yaml").write_text("plots: [report/curves]\n")
    dvc.not_in_cache = ["report/"]
    with pytest.raises(SlidelensError, match="DVC's cache lacks report/"):
        run(two(folder), folder, dvc)
    assert not dvc.queued()
    run([replace(experiment, stage="report") for experiment in two(folder)], folder, dvc)
    assert len(dvc.queued()) == 2


def test_nothing_is_queued_twice(folder: Path, dvc: StandInDvc) -> None:
    run(two(folder), folder, dvc)
    run(two(folder), folder, dvc)
    assert len(dvc.queued()) == 2


def test_what_somebody_else_ran_with_the_same_parameters_counts(
    folder: Path, dvc: StandInDvc
) -> None:
    first, second = two(folder)
    dvc.add("fluid-jogs", "success", first.params.model_dump(mode="json", by_alias=True))
    known = run([first, second], folder, dvc)
    assert dvc.queued() == [second.name]
    assert [existing.name for existing in known] == ["fluid-jogs", second.name]


def test_the_same_experiment_by_another_label_counts(folder: Path, dvc: StandInDvc) -> None:
    other = request_experiment(folder, "other", {"lr": 0.5})
    dvc.add(other.name, "success")
    (known,) = run([request_experiment(folder, "lr0.5", {"lr": 0.5})], folder, dvc)
    assert dvc.queued() == []
    assert known.name == other.name


def test_an_experiment_that_went_less_far_does_not_count(folder: Path, dvc: StandInDvc) -> None:
    short, whole = (
        request_experiment(folder, stage, {"lr": 0.5}, stage) for stage in ("pretrain", "density")
    )
    dvc.add(short.name, "success", short.params.model_dump(mode="json", by_alias=True))
    run([whole], folder, dvc)
    assert dvc.queued() == [whole.name]


@pytest.mark.parametrize("state", ["success", "queued"])
def test_what_is_there_or_waits_is_left_alone(folder: Path, dvc: StandInDvc, state: str) -> None:
    for experiment in two(folder):
        dvc.add(experiment.name, state)
    run(two(folder), folder, dvc)
    assert dvc.queued() == []


def test_what_failed_or_was_killed_is_queued_again_and_what_runs_is_not(
    folder: Path, dvc: StandInDvc
) -> None:
    failed, killed = two(folder)
    running = request_experiment(folder, "running", {"lr": 0.125})
    dvc.add(failed.name, "failed")
    dvc.add(killed.name, "running", process=NO_PROCESS)
    dvc.add(running.name, "running", process=os.getpid())
    dvc.add("not-mine", "failed")
    run([failed, killed, running], folder, dvc)
    assert dvc.queued() == [failed.name, killed.name]
    assert ["queue", "kill", killed.name] in dvc.calls
    assert ["queue", "remove", "not-mine"] not in dvc.calls


def test_a_failure_is_told_with_where_to_read_why(folder: Path, dvc: StandInDvc) -> None:
    experiments = two(folder)
    dvc.on_start = lambda: dvc.set_states("failed")
    with pytest.raises(
        SlidelensError,
        match=f"{experiments[0].name} .and 1 more. failed; read why with `dvc queue logs",
    ):
        run(experiments, folder, dvc)


def test_results_that_are_just_being_put_away_are_waited_for(folder: Path, dvc: StandInDvc) -> None:
    """Without a process, but a success at the next look: neither killed nor a failure."""
    experiment, _ = two(folder)
    dvc.add(experiment.name, "running", process=NO_PROCESS)
    states = iter(["running", "success"])
    dvc.on_show = lambda: dvc.set_states(next(states, "success"))
    assert [known.state for known in run([experiment], folder, dvc)] == ["success"]
    assert dvc.queued() == []


def test_an_experiment_that_vanishes_has_failed(folder: Path, dvc: StandInDvc) -> None:
    dvc.on_start = dvc.entries.clear  # somebody removes it
    with pytest.raises(SlidelensError, match=".and 1 more. failed"):
        run(two(folder), folder, dvc)


def test_ctrl_c_stops_the_workers(folder: Path, dvc: StandInDvc) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    dvc.on_start = interrupt
    with pytest.raises(KeyboardInterrupt):
        run(two(folder), folder, dvc)
    assert dvc.calls[-1] == ["queue", "stop", "--kill"]


def test_no_worker(folder: Path, dvc: StandInDvc) -> None:
    with pytest.raises(ParamsError, match="--jobs is 0; give 1 or more workers"):
        run(two(folder), folder, dvc, jobs=0)


def test_workers_share_the_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("slidelens.experiments.queue.usable_cores", lambda: 8)
    monkeypatch.delenv("TF_NUM_INTRAOP_THREADS", raising=False)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    shared = share_processors(3)
    assert (shared["TF_NUM_INTRAOP_THREADS"], shared["OMP_NUM_THREADS"]) == ("2", "1")
