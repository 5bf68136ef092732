"""DVC's queue: what counts as there, what is queued again, and that nothing is queued twice. DVC itself is a stand-in here."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from slidelens.errors import ParamsError, SlidelensError
from slidelens.experiments import queue
from slidelens.experiments.queue import (
    RequestedExperiment,
    complete,
    known_experiments,
    request,
    text_of,
)
from slidelens.params.loading import load_params
from support.studies import write_params

NO_PROCESS = 2**22 + 1  # over Linux's highest


class Dvc:
    """Answers as DVC would: `exp show` tells what the other commands have done; each start of the queue finishes everything."""

    def __init__(self) -> None:
        self.entries: dict[str, dict[str, Any]] = {}
        self.calls: list[list[str]] = []
        self.interrupted = False

    def add(
        self,
        name: str,
        state: str,
        params: dict[str, Any] | None = None,
        process: int | None = None,
    ) -> None:
        data = {
            "params": {"params.yaml": {"data": params}},
            "metrics": {"metrics/f1.json": {"data": {"f1": {"mean": 0.5}}}},
        }
        executor = {"state": state, "local": {"pid": process}}
        self.entries[name] = {
            "executor": executor,
            "revs": [{"rev": "abc", "name": name, "data": data, "error": None}],
        }

    def __call__(
        self,
        folder: Path,
        *arguments: str,
        shown: bool = False,
        environment: dict[str, str] | None = None,
    ) -> str:
        self.calls.append(list(arguments))
        match arguments:
            case ("exp", "show", *_):
                return json.dumps(
                    [
                        {"rev": "workspace", "experiments": None},
                        {"rev": "main", "experiments": list(self.entries.values())},
                    ]
                )
            case ("exp", "run", "--queue", "--name", name, *_):
                self.add(name, "queued")
            case ("queue", "kill", name):
                self.entries[name]["executor"]["state"] = "failed"
            case ("queue", "remove", name):
                del self.entries[name]
            case ("queue", "start", *_):
                if self.interrupted:
                    raise KeyboardInterrupt
                for entry in self.entries.values():
                    entry["executor"]["state"] = "success"
        return ""

    def queued(self) -> list[str]:
        return [call[4] for call in self.calls if call[:3] == ["exp", "run", "--queue"]]


@pytest.fixture
def dvc(monkeypatch: pytest.MonkeyPatch) -> Dvc:
    stand_in = Dvc()
    monkeypatch.setattr(queue, "_dvc", stand_in)
    monkeypatch.setattr(queue, "_POLL_S", 0.0)
    return stand_in


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_params(tmp_path, tmp_path / "raw", ["2013", "2014"])
    return tmp_path


def two(folder: Path) -> Sequence[RequestedExperiment]:
    return [
        request(folder, f"lr{lr}", {"lr": lr, "finetune.freeze": "encoder"}) for lr in (0.5, 0.25)
    ]


def test_what_is_wanted_has_the_parameters_and_a_name_that_marks_them(folder: Path) -> None:
    one, other = two(folder)
    assert (one.params.lr, one.params.finetune.freeze) == (0.5, "encoder")
    assert one.params.filters == load_params(folder / "params.yaml").filters
    assert one.name.startswith("lr0.5-")
    assert one.name != request(folder, "lr0.5", {"lr": 0.5}).name
    assert one.name == two(folder)[0].name
    assert other.name != one.name
    assert one.name != request(folder, "lr0.5", one.changes, stage="pretrain").name


@pytest.mark.parametrize("name", ["finetuning.freeze", "lr.more"])
def test_a_change_of_what_is_no_parameter(folder: Path, name: str) -> None:
    with pytest.raises(ParamsError, match=f"{name} is not a parameter of .*params.yaml"):
        request(folder, "x", {name: 1})
    with pytest.raises(
        ParamsError,
        match="x: .*params.yaml with its changes: lr is -1; it should be greater than 0",
    ):
        request(folder, "x", {"lr": -1})


@pytest.mark.parametrize(
    ("value", "text"),
    [(1e-5, "1e-05"), (None, "null"), ("encoder", "encoder"), (8, "8"), (True, "true")],
)
def test_values_as_dvc_takes_them(value: Any, text: str) -> None:
    assert text_of(value) == text


def test_all_are_queued_and_run(folder: Path, dvc: Dvc) -> None:
    experiments = two(folder)
    known = complete(experiments, folder, jobs=3)
    assert dvc.queued() == [one.name for one in experiments] == [one.name for one in known]
    assert dvc.calls[1] == [
        "exp",
        "run",
        "--queue",
        "--name",
        experiments[0].name,
        "-S",
        "lr=0.5",
        "-S",
        "finetune.freeze=encoder",
        "density",
    ]
    assert ["queue", "start", "--jobs", "3"] in dvc.calls
    assert known[0].metrics == {"f1": {"mean": 0.5}}


def test_the_queue_is_watched_where_it_began_whatever_is_committed_meanwhile(
    folder: Path, dvc: Dvc, monkeypatch: pytest.MonkeyPatch
) -> None:
    commits = iter(["began", "meanwhile"])
    monkeypatch.setattr(queue, "_commit", lambda _: next(commits))
    complete(two(folder), folder, jobs=1)
    watched = [
        call[-1]
        for call in dvc.calls[
            dvc.calls.index(next(call for call in dvc.calls if call[:2] == ["queue", "start"])) :
        ]
        if "show" in call
    ]
    assert watched
    assert set(watched) == {"began"}


def test_nothing_is_queued_twice(folder: Path, dvc: Dvc) -> None:
    complete(two(folder), folder, jobs=1)
    complete(two(folder), folder, jobs=1)
    assert len(dvc.queued()) == 2


def test_what_somebody_else_ran_with_the_same_parameters_counts(folder: Path, dvc: Dvc) -> None:
    one, other = two(folder)
    dvc.add("fluid-jogs", "success", one.params.model_dump(mode="json", by_alias=True))
    known = complete([one, other], folder, jobs=1)
    assert dvc.queued() == [other.name]
    assert [each.name for each in known] == [
        "fluid-jogs",
        other.name,
    ]


def test_the_same_experiment_by_another_label_counts(folder: Path, dvc: Dvc) -> None:
    other = request(folder, "other", {"lr": 0.5})
    dvc.add(other.name, "success")
    (known,) = complete([request(folder, "lr0.5", {"lr": 0.5})], folder, jobs=1)
    assert dvc.queued() == []
    assert known.name == other.name


def test_an_experiment_that_went_less_far_does_not_count(folder: Path, dvc: Dvc) -> None:
    short, whole = (request(folder, stage, {"lr": 0.5}, stage) for stage in ("pretrain", "density"))
    dvc.add(short.name, "success", short.params.model_dump(mode="json", by_alias=True))
    complete([whole], folder, jobs=1)
    assert dvc.queued() == [whole.name]


@pytest.mark.parametrize("state", ["success", "queued"])
def test_what_is_there_or_waits_is_left_alone(folder: Path, dvc: Dvc, state: str) -> None:
    for one in two(folder):
        dvc.add(one.name, state)
    complete(two(folder), folder, jobs=1)
    assert dvc.queued() == []


def test_what_failed_or_was_killed_is_queued_again_and_what_runs_is_not(
    folder: Path, dvc: Dvc
) -> None:
    failed, killed = two(folder)
    running = request(folder, "running", {"lr": 0.125})
    dvc.add(failed.name, "failed")
    dvc.add(killed.name, "running", process=NO_PROCESS)
    dvc.add(running.name, "running", process=os.getpid())
    dvc.add("not-mine", "failed")
    complete([failed, killed, running], folder, jobs=1)
    assert dvc.queued() == [failed.name, killed.name]
    assert ["queue", "kill", killed.name] in dvc.calls
    assert [
        "queue",
        "remove",
        "not-mine",
    ] not in dvc.calls


def test_a_failure_is_told_with_where_to_read_why(
    folder: Path, dvc: Dvc, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiments = two(folder)
    for one in experiments:
        dvc.add(one.name, "failed")
    monkeypatch.setattr(
        queue, "_without_failures", lambda *_: known_experiments(folder)
    )  # they fail after they were queued
    with pytest.raises(
        SlidelensError,
        match=f"{experiments[0].name} failed .and 1 more.; read why with `dvc queue logs",
    ):
        complete(experiments, folder, jobs=1)


def test_results_that_are_just_being_put_away_are_waited_for(
    folder: Path, dvc: Dvc, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a process, but a success at the next look: neither killed nor a failure."""
    (one, _) = two(folder)
    dvc.add(one.name, "running", process=NO_PROCESS)
    shown = iter(["running", "success"])

    def answer(folder: Path, *arguments: str, **_: Any) -> str:
        if arguments[:2] == ("exp", "show"):
            dvc.entries[one.name]["executor"]["state"] = next(shown, "success")
        return Dvc.__call__(dvc, folder, *arguments)

    monkeypatch.setattr(queue, "_dvc", answer)
    assert [known.state for known in complete([one], folder, jobs=1)] == ["success"]
    assert dvc.queued() == []


def test_an_experiment_that_vanishes_has_failed(
    folder: Path, dvc: Dvc, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        queue, "_missing", lambda *_: []
    )  # as if it had been queued, and removed by somebody
    with pytest.raises(SlidelensError, match="failed .and 1 more."):
        complete(two(folder), folder, jobs=1)


def test_ctrl_c_stops_the_workers(folder: Path, dvc: Dvc) -> None:
    dvc.interrupted = True
    with pytest.raises(KeyboardInterrupt):
        complete(two(folder), folder, jobs=1)
    assert dvc.calls[-1] == ["queue", "stop", "--kill"]


def test_parameters_of_another_version_are_no_obstacle(folder: Path, dvc: Dvc) -> None:
    dvc.add("old", "success", {"learning_rate": 1})
    (one,) = known_experiments(folder)
    assert one.params is None
    assert one.state == "success"


def test_no_worker(folder: Path, dvc: Dvc) -> None:
    with pytest.raises(ParamsError, match="--jobs is 0; give 1 or more workers"):
        complete(two(folder), folder, jobs=0)


def test_workers_share_the_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    monkeypatch.delenv("TF_NUM_INTRAOP_THREADS", raising=False)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    shared = queue.share_processors(3)
    assert (shared["TF_NUM_INTRAOP_THREADS"], shared["OMP_NUM_THREADS"]) == ("2", "1")


def test_what_dvc_refuses_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(
        SlidelensError, match="`dvc exp show` in .*: ERROR: you are not inside of a DVC repository"
    ):
        known_experiments(tmp_path)


def stumbling(dvc: Dvc, times: int, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """`exp show` fails so many times, as it does where a worker takes its folder away; the list grows with every try."""
    tries: list[int] = []

    def show(folder: Path, *arguments: str, **how: Any) -> str:
        tries.append(1)
        if len(tries) <= times:
            raise SlidelensError(
                "`dvc exp show`: ERROR: failed to show experiments - directory '.dvc/tmp/exps/tmp1' does not exist"
            )
        return dvc(folder, *arguments, **how)

    monkeypatch.setattr(queue, "_dvc", show)
    return tries


def test_dvc_is_asked_again_where_a_worker_takes_its_folder_away(
    folder: Path, dvc: Dvc, monkeypatch: pytest.MonkeyPatch
) -> None:
    dvc.add("one", "success")
    tries = stumbling(dvc, 3, monkeypatch)
    assert [one.name for one in known_experiments(folder)] == ["one"]
    assert len(tries) == 4


def test_what_dvc_cannot_show_at_all_is_told(
    folder: Path, dvc: Dvc, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = stumbling(dvc, 99, monkeypatch)
    with pytest.raises(SlidelensError, match="failed to show experiments"):
        known_experiments(folder)
    assert len(tries) == 5


def test_data_that_experiments_would_not_find_are_refused(folder: Path, dvc: Dvc) -> None:
    """Experiments run in copies of what Git and DVC know."""
    subprocess.run(["git", "init", "--quiet", str(folder)], check=True)
    for name in ("scenes/2013.tif", "inventories/2013.gpkg"):
        path = folder / "study" / name
        path.parent.mkdir(parents=True)
        path.touch()
    change(folder, "study")
    with pytest.raises(
        SlidelensError,
        match=r"study/inventories/2013.gpkg \(and 1 more\) is known .*`dvc add study/inventories study/scenes`",
    ):
        queue.prepare(folder)
    (folder / "study/inventories.dvc").touch()
    with pytest.raises(SlidelensError, match=r"study/scenes/2013.tif \(and 0 more\)"):
        queue.prepare(folder)
    subprocess.run(["git", "-C", str(folder), "add", "study/scenes/2013.tif"], check=True)
    assert queue.prepare(folder).study.root == "study"
    assert dvc.calls == [["repro", "prepare"]]


def test_data_outside_the_repository_or_made_by_a_stage_are_taken(
    folder: Path, dvc: Dvc, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    for root in (outside, folder / "demo/study"):
        (root / "scenes").mkdir(parents=True)
        (root / "scenes/2013.tif").touch()
    (folder / "demo/dvc.yaml").touch()
    for root in (str(outside), "demo/study"):
        change(folder, root)
        queue.prepare(folder)
    assert dvc.calls == [["repro", "prepare"]] * 2


def change(folder: Path, root: str) -> None:
    """Set study.root in params.yaml."""
    path = folder / "params.yaml"
    values = yaml.safe_load(path.read_text())
    values["study"]["root"] = root
    path.write_text(yaml.safe_dump(values))
