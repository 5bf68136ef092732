"""Killed sweeps and queues of experiments: the next sweep goes on and ends the same.

The figures of a release are those of `SLIDELENS_KILLS=40`; each test counts what it did.
"""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest

from support.pipeline.kills import (
    COMMAND,
    EVERYTHING,
    KILLS,
    WORKERS_FIRST,
    Campaign,
    litter,
    process_groups_in,
    statuses,
)
from support.pipeline.workshop import Workshop

RATES = ("1e-3", "1e-4")
SWEEP = ["slidelens", "sweep", "--lr", *RATES, "--filters", "2", "--batch-size", "4"]
SWEEP += ["--stage", "pretrain", "--jobs", "2"]
RUN_QUEUE = ["dvc", "exp", "run", "--run-all", "--jobs", "2"]
QUEUED = [["dvc", "exp", "run", "--queue", "-S", f"lr={float(x)}", "pretrain"] for x in RATES]
# As a sweep shares two cores: other numbers of threads add in another order.
THREADS = {"OMP_NUM_THREADS": "1", "TF_NUM_INTRAOP_THREADS": "1"}
_TRIES = 10
VICTIMS = (EVERYTHING, COMMAND, EVERYTHING, WORKERS_FIRST)


def scores(shop: Workshop) -> list[float]:
    table = (shop.folder / "metrics/experiments/table2.csv").read_text()
    names, *rows = [line.split(",") for line in table.splitlines()]
    scored = [number for number, name in enumerate(names) if name.startswith("validation_")]
    return [float(row[number]) for row in rows for number in scored]


def end_workers(shop: Workshop) -> None:
    """End DVC's workers, which wait for more."""
    for group in process_groups_in(shop.folder):
        with suppress(ProcessLookupError):
            os.killpg(group, signal.SIGTERM)


def assert_a_sweep_ends_the_same(shop: Workshop, expected: list[float]) -> None:
    for _ in range(_TRIES):  # a worker that lives on holds DVC's lock now and then
        done = shop.run(*SWEEP, check=False, **THREADS)
        if "Unable to acquire lock" not in done.stderr:
            break
        time.sleep(5)
    assert done.returncode == 0, done.stderr
    assert scores(shop) == pytest.approx(expected, rel=1e-3)
    assert shop.run("git", "status", "--porcelain", "params.yaml").stdout == ""
    assert statuses(shop.folder)["RUNNING"] == 0
    assert litter(shop.folder) == []
    end_workers(shop)


@pytest.fixture(scope="module")
def swept(
    finished: Workshop, tmp_path_factory: pytest.TempPathFactory
) -> tuple[list[float], float]:
    """The scores of a sweep that nothing stops, and how long it takes, seconds."""
    shop = finished.copy(tmp_path_factory.mktemp("swept") / "a repository")
    begun = time.monotonic()
    shop.run(*SWEEP, check=True, **THREADS)
    seconds = time.monotonic() - begun
    end_workers(shop)
    return scores(shop), seconds


@pytest.mark.long
@pytest.mark.timeout(7200)
@pytest.mark.parametrize(
    ("queued", "command", "share", "most", "seed"),
    [([], SWEEP, 0.7, KILLS, 3), (QUEUED, RUN_QUEUE, 1.0, 4, 4)],
    ids=["sweep", "queue"],
)
def test_experiments_with_two_workers_stopped_again_and_again(
    queued: list[list[str]],
    command: list[str],
    share: float,
    most: int,
    seed: int,
    swept: tuple[list[float], float],
    finished: Workshop,
    tmp_path: Path,
) -> None:
    """Kill a command, in one repository at most `most` times, and let a sweep go on.

    `share` of the time of a sweep is the latest moment of a kill. DVC's own command waits for an
    experiment that lost its worker, for ever: more kills there would meet nothing else.
    """
    expected, longest_s = swept
    random, stopped, outcomes = Random(seed), 0, Counter[str]()
    while stopped < KILLS:
        shop = finished.copy(tmp_path / f"repository {len(list(tmp_path.iterdir()))}")
        for experiment in queued:
            shop.run(*experiment)
        campaign = Campaign(shop, command, share * longest_s, random, THREADS)
        before, last = stopped, min(KILLS, stopped + most)
        while stopped < last and not campaign.kill(victims=VICTIMS[stopped % len(VICTIMS)]):
            # While a worker that lives on holds DVC's lock, the command fails and is typed again.
            stopped = before + campaign.outcomes["killed"]
        assert_a_sweep_ends_the_same(shop, expected)
        outcomes += campaign.outcomes
        print(*command[:3], stopped, dict(outcomes), campaign.output)
