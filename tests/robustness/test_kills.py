"""Killed, hung up, interrupted and starved commands: the next one goes on and ends the same.

The figures of a release are those of `SLIDELENS_KILLS=40`; each test counts what it did.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from slidelens.tracking.identity import flatten
from support.pipeline.kills import (
    HANG_UP,
    INTERRUPT,
    INTERRUPT_TWICE,
    KILL,
    KILLS,
    Campaign,
    litter,
    lock_holders,
    statuses,
    stop_when,
)
from support.pipeline.workshop import Workshop, make_workshop
from support.studies import tree

METRICS = (
    "metrics/f1.json",
    "metrics/density.json",
    "metrics/pretrain.json",
    "metrics/lifecycle.json",
)


def assert_ends_the_same(shop: Workshop, finished: Workshop) -> None:
    for name in METRICS:
        # Threads share sums as they come, which may turn a single pixel.
        expected = flatten(finished.json(name))
        assert flatten(shop.json(name)) == pytest.approx(expected, rel=1e-3), name
    assert_nothing_is_left(shop)
    changed = shop.run("git", "status", "--porcelain").stdout.splitlines()
    assert {line[3:].split("/")[0] for line in changed} <= {"demo", "dvc.lock", "metrics"}


def assert_nothing_is_left(shop: Workshop) -> None:
    assert statuses(shop.folder)["RUNNING"] == 0
    assert litter(shop.folder) == []
    assert not lock_holders(shop.folder)


@pytest.mark.long
@pytest.mark.timeout(600)
def test_a_stage_hung_up_and_interrupted_while_it_writes(
    finished: Workshop, tmp_path: Path
) -> None:
    shop, repro = finished.copy(tmp_path / "a repository"), ["dvc", "repro", "density"]
    shop.set_params({"density": {"cell_m": 10}})
    data = shop.folder / "data"
    for how in (HANG_UP, INTERRUPT_TWICE):
        assert stop_when(shop, repro, how, lambda: any(data.glob(".density.*"))) != 0
        assert not (data / "density").exists()
    done = shop.run(*repro)
    assert "Traceback" not in done.stdout + done.stderr
    expected = finished.copy(tmp_path / "expected")
    expected.set_params({"density": {"cell_m": 10}})
    expected.run(*repro)
    assert shop.json("metrics/density.json") == expected.json("metrics/density.json")
    assert_nothing_is_left(shop)


@pytest.mark.long
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("how", [KILL, HANG_UP, INTERRUPT_TWICE])
def test_a_pipeline_stopped_again_and_again(how: str, finished: Workshop, tmp_path: Path) -> None:
    random, stopped = Random(1), 0
    while stopped < KILLS:
        shop = make_workshop(tmp_path / f"repository {stopped}")
        campaign = Campaign(shop, ["dvc", "repro"], 30.0, random)
        while stopped < KILLS and not campaign.kill(how):
            stopped += 1
        shop.run("dvc", "repro")
        assert_ends_the_same(shop, finished)
        print(how, stopped, dict(campaign.outcomes), campaign.output)
        stopped += 1


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("how", [KILL, HANG_UP, INTERRUPT, INTERRUPT_TWICE])
def test_a_map_stopped_again_and_again(how: str, finished: Workshop, tmp_path: Path) -> None:
    shop = finished.copy(tmp_path / "a repository")
    command = ["slidelens", "map", "demo/study/scenes/2016.tif"]
    command += ["--weights", "models/2016.weights.h5", "-o"]
    begun = time.monotonic()
    shop.run(*command, "expected")
    campaign = Campaign(shop, [*command, "map"], time.monotonic() - begun, Random(2))
    for _ in range(KILLS):
        campaign.kill(how)
        shop.run("rm", "-rf", "map")
    shop.run(*command, "map")
    assert litter(shop.folder) == []
    assert set(tree(shop.folder / "map")) == set(tree(shop.folder / "expected"))
    probability = "probability.tif"
    assert (shop.folder / "map" / probability).read_bytes() == (
        shop.folder / "expected" / probability
    ).read_bytes()
    print(how, dict(campaign.outcomes))


def limited(**limits: int) -> Callable[[], None]:
    """What a child process does first: limit itself, for example AS=2**31."""

    def limit() -> None:
        for name, value in limits.items():
            resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (value, value))

    return limit


def run_limited(shop: Workshop, *command: str, **limits: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=shop.folder,
        env=shop.environment(),
        capture_output=True,
        text=True,
        preexec_fn=limited(**limits),
        check=False,
        timeout=600,
    )


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_a_file_that_no_disk_holds(finished: Workshop, tmp_path: Path) -> None:
    """A limit of the size of files stands for a full disk: writing fails in the middle."""
    shop = finished.copy(tmp_path / "a repository")
    shop.set_params({"lr": 0.002})
    before = tree(shop.folder / "metrics")
    for size in (10_000, 100_000, 300_000):
        done = run_limited(shop, "dvc", "repro", "pretrain", FSIZE=size)
        assert done.returncode != 0, size
        assert "Traceback" not in done.stdout + done.stderr
    assert litter(shop.folder) == []
    assert set(tree(shop.folder / "metrics")) <= set(before)
    shop.set_params({"lr": 0.001})
    shop.run("dvc", "repro")
    assert_ends_the_same(shop, finished)


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_too_little_memory(finished: Workshop, tmp_path: Path) -> None:
    shop = finished.copy(tmp_path / "a repository")
    stage = [sys.executable, "-m", "slidelens.stages.prepare"]
    for size in (3 * 2**29, 2**31):
        done = run_limited(shop, *stage, AS=size)
        lines = done.stderr.strip().splitlines()
        assert done.returncode in (0, 2), lines
        assert "Traceback" not in done.stderr
    assert litter(shop.folder) == []
    shop.run("dvc", "repro")
    assert_ends_the_same(shop, finished)
    assert json.loads((shop.folder / "metrics/f1.json").read_text())
