"""Run the pipeline as `make repro` does: `dvc repro`, with several stages at a time.

About half of the time of a date's stages is start-up, which uses one core. DVC runs one stage after
another, but several of its processes can work together:
https://dvc.org/doc/command-reference/repro#parallel-stage-execution.
Dates are mapped three at a time, where there is the memory, then the stages that bring the dates
together two at a time. Without the cores or the memory for two dates, this is `dvc repro`; the
results are the same.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from slidelens.params.dates import PRETRAINED
from slidelens.params.loading import load_params
from slidelens.params.schema import Params
from slidelens.resources import total_memory_bytes, usable_cores
from slidelens.run import run

log = logging.getLogger(__name__)
# One more than the usual two cores: reading, tracing and logging use a single core.
MOST_WORKERS = 3
_WRITING_S = 0.5  # after which no running command is still writing a list of locks
_FREE_BYTES = 2 * 2**30  # left for the system and others
_STAGE_BYTES = 3 * 2**29  # what a stage with TensorFlow takes, at most, in the demo
_FINETUNE, _EVALUATE = 3, 2  # the time of a date's stages, relative to each other
# After the maps of the dates; `report` needs all of them.
_TOGETHER = (("density",), ("revise", "lifecycle"))


def main() -> int:
    """Run the pipeline of params.yaml and return DVC's exit status."""
    return run("repro", lambda: repro(load_params()))


def repro(params: Params) -> int:
    """Run the pipeline in the current folder and return DVC's exit status."""
    remove_broken_lock(Path())
    workers = workers_with_room()
    if workers > 1:
        _dvc("repro", "pretrain")
        shares = stages_by_worker(params, workers)
        if _side_by_side(shares) and sum(map(len, shares)) == 2 * len(params.dates):
            _side_by_side(_TOGETHER)
    return _dvc("repro")  # what failed is run again here, which says why


def _side_by_side(shares: Iterable[Iterable[str]]) -> bool:
    """Run each worker's stages one after another; return whether all have succeeded."""
    environment = os.environ | {"SLIDELENS_PROGRESS": "lines"}
    workers = [subprocess.Popen(_repro_command(*share), env=environment) for share in shares]
    statuses = [worker.wait() for worker in workers]
    return not any(statuses)


def remove_broken_lock(folder: Path) -> None:
    """Remove DVC's list of locks if a killed command has left it half written.

    DVC refuses every command then. Locks of killed commands in a whole list are no problem.

    Args:
        folder: Folder of `.dvc`.
    """
    path = folder / ".dvc/tmp/rwlock"
    if _is_broken(path):
        time.sleep(_WRITING_S)
        if _is_broken(path):
            path.unlink(missing_ok=True)
            log.info("%s was half written by a killed command and is removed", path)


def _is_broken(path: Path) -> bool:
    try:
        json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return False
    except ValueError:
        return True
    return False


def stages_by_worker(params: Params, workers: int) -> list[list[str]]:
    """Return the stages for each worker, of the dates that wait for no other date.

    The workers end at about the same time: those that fine-tune a date more leave
    evaluations to the others, who run them last. Should one come before its date is fine-tuned, the
    `dvc repro` at the end runs it again.
    """
    free = [date for date in params.dates if params.finetune.start[date] == PRETRAINED]
    tuned = [free[worker::workers] for worker in range(min(workers, len(free)))]
    left_over = free[len(free) // workers * workers :]
    evaluated = [dates[-1:] if dates[-1] in left_over else dates.copy() for dates in tuned]
    for date in [date for date in free if not any(date in done for done in evaluated)]:
        loads = [
            _FINETUNE * len(dates) + _EVALUATE * len(done)
            for dates, done in zip(tuned, evaluated, strict=True)
        ]
        evaluated[loads.index(min(loads))].append(date)
    return [
        [f"finetune@{date}" for date in dates] + [f"evaluate@{date}" for date in done]
        for dates, done in zip(tuned, evaluated, strict=True)
    ]


def workers_with_room() -> int:
    """Return how many dates can be trained at once, for the processors and the memory."""
    if usable_cores() < 2:
        return 1
    return max(1, min(MOST_WORKERS, (total_memory_bytes() - _FREE_BYTES) // _STAGE_BYTES))


def _repro_command(*stages: str) -> list[str]:
    # --single-item: checking a stage that both workers need, for example prepare, takes a lock that
    # turns the other worker away.
    options = ("--wait-for-lock", "repro", "--quiet", "--single-item")
    return [sys.executable, "-m", "dvc", *options, *stages]


def _dvc(*arguments: str) -> int:
    return subprocess.run([sys.executable, "-m", "dvc", *arguments], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
