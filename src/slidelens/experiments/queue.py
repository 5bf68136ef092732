"""Run experiments in DVC's queue to their end.

Nothing runs twice: an experiment counts by its parameters, whoever ran it. What failed or was
killed is queued again.
"""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from slidelens.errors import ParamsError, SlidelensError
from slidelens.experiments.experiment import ExistingExperiment, RequestedExperiment, and_more
from slidelens.experiments.interruption import remembered_workspace
from slidelens.experiments.preparation import require_plots
from slidelens.experiments.repository import DvcRepository
from slidelens.outputs import process_is_running
from slidelens.resources import usable_cores

log = logging.getLogger(__name__)

_FINISHED = ("success", "failed")
# Time between two looks, as a multiple of the time that a look took: on a busy machine DVC takes
# many seconds to answer, which the workers could use.
_REST = 4
_LAST_STAGE = "report"  # makes the plots
_PATIENCE = 6  # looks without any progress after which unfinished experiments have failed


def run_experiments(
    experiments: Sequence[RequestedExperiment], repository: DvcRepository, jobs: int
) -> list[ExistingExperiment]:
    """Queue the experiments that are missing and run the queue to its end.

    Ctrl-C stops the workers; the experiments that they were running start again the next time.

    Args:
        experiments: The experiments to have.
        repository: Where to run them.
        jobs: Number of experiments at once.

    Returns:
        What DVC knows of each experiment, in the order requested.

    Raises:
        ParamsError: If there is less than one job.
        SlidelensError: If an experiment failed, or would fail at its end for want of plots.
    """
    if jobs < 1:
        raise ParamsError(f"--jobs is {jobs}; give 1 or more workers")
    commit = repository.commit()  # others may be made while the queue runs
    known = _remove_failures(experiments, repository)
    missing = [
        experiment
        for experiment in experiments
        if not any(existing.matches(experiment) for existing in known)
    ]
    if any(experiment.stage != _LAST_STAGE for experiment in missing):
        require_plots(repository)
    log.info("%d experiments, of which %d are to be queued", len(experiments), len(missing))
    _queue(missing, repository)
    try:
        finished = _run_queue(experiments, repository, jobs, commit)
    except KeyboardInterrupt:
        repository.dvc("queue", "stop", "--kill")
        raise
    if failed := [experiment.name for experiment in finished if experiment.state == "failed"]:
        raise SlidelensError(
            f"{failed[0]}{and_more(failed)} failed; "
            f"read why with `dvc queue logs {failed[0]}`, then run this again"
        )
    return finished


def dvc_value(value: Any) -> str:
    """Return a value as `dvc exp run -S` takes it: null, 0.001, encoder."""
    return value if isinstance(value, str) else json.dumps(value)


def share_processors(jobs: int) -> dict[str, str]:
    """Return the environment that gives each worker its share of processors and GPU memory.

    Variables that are set already stay as they are.
    """
    share = str(max(1, usable_cores() // jobs))
    shared = {
        "OMP_NUM_THREADS": share,
        "TF_NUM_INTRAOP_THREADS": share,
        "TF_FORCE_GPU_ALLOW_GROWTH": "true",
    }
    return shared | {name: os.environ[name] for name in shared if name in os.environ}


def _queue(experiments: Sequence[RequestedExperiment], repository: DvcRepository) -> None:
    with remembered_workspace(repository.folder):
        for experiment in experiments:
            changes = [
                word
                for name, value in experiment.changes.items()
                for word in ("-S", f"{name}={dvc_value(value)}")
            ]
            command = ("exp", "run", "--queue", "--name", experiment.name)
            repository.dvc(*command, *changes, experiment.stage)


def _remove_failures(
    experiments: Sequence[RequestedExperiment], repository: DvcRepository
) -> list[ExistingExperiment]:
    """Take what failed or was killed out of the queue; return the others that DVC knows."""
    known = _known(experiments, repository)
    if any(map(_has_lost_its_process, known)):
        time.sleep(repository.poll_s)  # a worker may just be storing the results
        known = _known(experiments, repository)
    lost = [
        experiment
        for experiment in known
        if experiment.state == "failed" or _has_lost_its_process(experiment)
    ]
    for experiment in lost:
        reason = "failed" if experiment.state == "failed" else "was killed"
        log.info("%s %s; queuing it again", experiment.name, reason)
        if experiment.state == "running":
            repository.dvc("queue", "kill", experiment.name)  # DVC believes that it still runs
        repository.dvc("queue", "remove", experiment.name)
    return [experiment for experiment in known if experiment not in lost]


def _known(
    experiments: Sequence[RequestedExperiment], repository: DvcRepository
) -> list[ExistingExperiment]:
    return [
        existing
        for existing in repository.experiments()
        if any(existing.matches(experiment) for experiment in experiments)
    ]


def _has_lost_its_process(experiment: ExistingExperiment) -> bool:
    """Return whether DVC believes that an experiment runs whose process is gone.

    Without a process number a worker is just beginning with it.
    """
    return (
        experiment.state == "running"
        and experiment.process is not None
        and not process_is_running(experiment.process)
    )


def _run_queue(
    experiments: Sequence[RequestedExperiment], repository: DvcRepository, jobs: int, commit: str
) -> list[ExistingExperiment]:
    """Start workers and wait until every experiment is finished.

    An experiment whose process is gone, or that DVC no longer knows, has failed.
    """
    number_finished, patience = -1, _PATIENCE
    while True:
        begun = time.monotonic()
        known = _find_all(experiments, repository.experiments(commit))
        finished = [experiment for experiment in known if experiment.state in _FINISHED]
        if len(finished) != number_finished:
            number_finished = len(finished)
            log.info("experiments finished: %d of %d", number_finished, len(experiments))
        # An experiment briefly has no process while a worker picks it up or stores its results.
        patience = _PATIENCE if any(map(_is_under_way, known)) else patience - 1
        if len(finished) == len(known) or not patience:
            return [
                experiment if experiment in finished else replace(experiment, state="failed")
                for experiment in known
            ]
        # Starts the workers that are missing.
        repository.dvc("queue", "start", "--jobs", str(jobs), environment=share_processors(jobs))
        time.sleep(max(repository.poll_s, _REST * (time.monotonic() - begun)))


def _find_all(
    experiments: Sequence[RequestedExperiment], existing: Sequence[ExistingExperiment]
) -> list[ExistingExperiment]:
    """Return what DVC knows of each experiment; state "gone" if nothing."""
    return [
        next(
            (known for known in existing if known.matches(experiment)),
            ExistingExperiment(experiment.name, "gone", None, {}),
        )
        for experiment in experiments
    ]


def _is_under_way(experiment: ExistingExperiment) -> bool:
    is_running = experiment.state == "running" and not _has_lost_its_process(experiment)
    return experiment.state == "queued" or is_running
