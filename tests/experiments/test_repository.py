"""A DVC repository: its commands, its commit, and the experiments that it shows."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path

import pytest

from slidelens.errors import SlidelensError
from slidelens.experiments.repository import DvcRepository, run_dvc
from support.pipeline.dvc import StandInDvc
from support.pipeline.workshop import Workshop

STUMBLE = "`dvc exp show`: ERROR: failed to show experiments - '.dvc/tmp/exps/tmp1' does not exist"


@pytest.fixture
def dvc() -> StandInDvc:
    return StandInDvc()


def stumbling(dvc: StandInDvc, times: int) -> list[int]:
    """Let `exp show` fail so many times, as if a worker took its folder away; count the tries."""
    tries: list[int] = []

    def show() -> None:
        tries.append(1)
        if len(tries) <= times:
            raise SlidelensError(STUMBLE)

    dvc.on_show = show
    return tries


def test_experiments_have_a_state_and_merged_metrics(tmp_path: Path, dvc: StandInDvc) -> None:
    dvc.add("queued", "queued")
    dvc.add("running", "running", process=7)
    dvc.add("failed", "")
    dvc.entries["failed"]["revs"][0]["error"] = {"msg": "no"}
    dvc.add("unnamed", "")
    last = dvc.entries["unnamed"]["revs"][0]
    last["name"] = None
    last["data"]["metrics"]["metrics/density.json"] = {"data": {"density": 1}}
    last["data"]["metrics"]["metrics/bad.json"] = {"error": "no"}
    known = dvc.repository(tmp_path).experiments("a-commit")
    assert dvc.calls == [["exp", "show", "--json", "--rev", "a-commit"]]
    assert [(one.name, one.state, one.process) for one in known] == [
        ("queued", "queued", None),
        ("running", "running", 7),
        ("failed", "failed", None),
        ("abc", "success", None),
    ]
    assert known[3].metrics == {"f1": {"mean": 0.5}, "density": 1}


def test_parameters_of_another_version_are_no_obstacle(tmp_path: Path, dvc: StandInDvc) -> None:
    dvc.add("old", "success", {"learning_rate": 1})
    (known,) = dvc.repository(tmp_path).experiments()
    assert known.params is None
    assert known.state == "success"


def test_dvc_is_asked_again_if_a_worker_takes_its_folder_away(
    tmp_path: Path, dvc: StandInDvc
) -> None:
    dvc.add("one", "success")
    tries = stumbling(dvc, 3)
    assert [known.name for known in dvc.repository(tmp_path).experiments()] == ["one"]
    assert len(tries) == 4


def test_what_dvc_cannot_show_at_all_is_an_error(tmp_path: Path, dvc: StandInDvc) -> None:
    tries = stumbling(dvc, 99)
    with pytest.raises(SlidelensError, match="failed to show experiments"):
        dvc.repository(tmp_path).experiments()
    assert len(tries) == 5


def test_what_dvc_refuses_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(
        SlidelensError, match="`dvc exp show` in .*: ERROR: you are not inside of a DVC repository"
    ):
        DvcRepository(tmp_path, poll_s=0.0).experiments()


def test_dvc_answers_and_gets_the_environment(tmp_path: Path) -> None:
    (tmp_path / "dvc.yaml").write_text("stages: {}\n")
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    run_dvc(tmp_path, "init", "--quiet")
    set_cache = {"DVC_CACHE_DIR": "unused"}
    assert run_dvc(tmp_path, "root", environment=set_cache).strip() == "."


def test_the_commit_is_that_checked_out_or_head_without_git(tmp_path: Path) -> None:
    assert DvcRepository(tmp_path).commit() == "HEAD"
    git = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b.c"]
    subprocess.run([*git, "init", "--quiet"], check=True)
    subprocess.run([*git, "commit", "--quiet", "--allow-empty", "-m", "first"], check=True)
    listed = subprocess.run([*git, "log", "--format=%H"], check=True, capture_output=True)
    assert DvcRepository(tmp_path).commit() == listed.stdout.decode().strip()


@pytest.mark.parametrize(
    ("said", "remedy"),
    [
        ("Unable to acquire lock. Most likely …", "wait until the other DVC command"),
        ("RWLock-file '.dvc/tmp/rwlock'. JSON structure is corrupted", "`rm .dvc/tmp/rwlock`"),
        ("failed to pull data\nERROR: no such remote", ": ERROR: no such remote"),
        (
            "unexpected error - [Errno 30] Read-only file system: '/a/.dvc/tmp/lock'\n\n"
            "Having any troubles? Hit us up at https://dvc.org/support",
            "/a/.dvc/tmp/lock'; work in a copy of your own",
        ),
        (
            "failed to reproduce 'prepare': 'data' is busy, it is being blocked by:\n"
            "  (PID 1445): dvc repro\n\nIf there are no processes with such PIDs, …",
            "blocked by: (PID 1445): dvc repro; wait until that command has ended",
        ),
    ],
)
def test_what_dvc_says_comes_with_a_remedy(
    said: str, remedy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "python"
    program.write_text(f"#!/bin/sh\ncat >&2 <<'end'\nERROR: {said}\nend\nexit 255\n")
    program.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(program))
    with pytest.raises(SlidelensError, match="`dvc repro` in .*: ERROR: ") as raised:
        run_dvc(tmp_path, "repro")
    assert remedy in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_dvc_that_hangs_is_ended_and_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`exp show` hangs for ever if the folder of a worker vanishes while it is read."""
    program = tmp_path / "python"
    program.write_text("#!/bin/sh\nif mkdir hung 2>/dev/null; then exec sleep 60; fi\necho '[]'\n")
    program.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(program))
    monkeypatch.setattr("slidelens.experiments.repository._SHOW_S", 1.0)
    begun = time.monotonic()
    assert DvcRepository(tmp_path, poll_s=0.0).experiments() == []
    assert (tmp_path / "hung").is_dir()
    assert time.monotonic() - begun < 30
    (tmp_path / "hung").rmdir()
    with pytest.raises(SlidelensError, match=r"`dvc exp show` in .* has not ended after 0.5 s"):
        run_dvc(tmp_path, "exp", "show", timeout_s=0.5)


def test_an_experiment_that_lost_its_folder_to_a_kill_is_ended(
    tmp_path: Path, dvc: StandInDvc
) -> None:
    """`exp show` fails until then: a worker is killed while it makes or removes its folder."""
    write_run(tmp_path, "lost", tmp_path / "gone", process=2**22 + 1)
    write_run(tmp_path, "working", tmp_path / "gone too", process=os.getpid())
    for name in ("there", "begun"):
        (tmp_path / name / ".dvc").mkdir(parents=True)
        subprocess.run(["git", "init", "-q", tmp_path / name], check=True)
        write_run(tmp_path, name, tmp_path / name, process=2**22 + 1)
    Workshop(tmp_path / "there").commit("first")
    (tmp_path / ".dvc/tmp/exps/run/half.run").mkdir()
    kill = ["queue", "kill", "--force", "begun", "lost"]

    def show() -> None:
        if kill not in dvc.calls:
            raise SlidelensError(STUMBLE)

    dvc.on_show = show
    assert dvc.repository(tmp_path).experiments() == []
    assert dvc.calls.count(kill) == 1


def write_run(folder: Path, name: str, root: Path, process: int) -> None:
    """Write what DVC notes of an experiment that a worker has begun."""
    path = folder / f".dvc/tmp/exps/run/{name}/{name}"
    path.parent.mkdir(parents=True)
    executor = {"root_dir": str(root), "dvc_dir": ".dvc", "name": name}
    path.with_suffix(".run").write_text(json.dumps(executor))
    path.with_suffix(".json").write_text(json.dumps({"pid": process, "returncode": None}))
