"""Say what `dvc repro` will do with a study, and estimate how long that takes on this machine.

The estimate counts the network's multiplications and times a few others; nothing is trained. It is
rough, and for the processor: a GPU is several times faster.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence

import numpy as np
from scipy.ndimage import correlate

from slidelens.learning.audit.split_report import PartCounts
from slidelens.params.schema import Params, ScheduleParams
from slidelens.resources import usable_cores
from slidelens.study.study import is_source

# Floating-point operations of one pixel's prediction, divided by the square of `filters`.
_OPERATIONS = {"unet": 365, "attention_unet": 385, "resunet": 450, "unet_plus_plus": 893}
_BACKWARD = 3  # cost of a training pixel beside that of a predicted one
# Rate of a training on one core, beside that of SciPy's filter; from the demo on two cores.
_FASTER_THAN_FILTER = 17
_FILTERED_SIDE, _TIMING_SECONDS = 128, 0.1
_SECONDS_PER_STAGE = 15  # to start, read and write
_ROUND_MINUTES = 5


def describe_run(params: Params, parts: Sequence[PartCounts]) -> str:
    """Return what `dvc repro` will do, and about how long it takes at most, in one line.

    Args:
        params: Of the training.
        parts: Blocks and landslides of each date and source of pretraining.
    """
    tuned, kept = _tuned_dates(params, parts)
    dates = [counts for counts in parts if not is_source(counts.name)]
    steps = [
        f"prepare {_number(len(dates), 'date')}",
        f"pretrain for at most {_number(params.epochs, 'epoch')}",
        *([f"fine-tune {', '.join(tuned)}"] if tuned else []),
        *([f"keep the start weights for {', '.join(kept)}"] if kept else []),
        f"map {_number(len(dates), 'date')}",
    ]
    duration = _describe_seconds(estimate_seconds(params, parts, operations_per_second()))
    return f"`dvc repro` will {', '.join(steps)}: {duration}"


def _number(count: int, unit: str) -> str:
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"


def _tuned_dates(params: Params, parts: Sequence[PartCounts]) -> tuple[list[str], list[str]]:
    """Return the dates that are fine-tuned, and those that have no landslide to learn from."""
    tuned: list[str] = []
    kept: list[str] = []
    for counts in parts:
        if not is_source(counts.name):
            learns = params.finetune.epochs and (counts.landslides or {}).get("train", 0)
            (tuned if learns else kept).append(counts.name)
    return tuned, kept


def estimate_seconds(params: Params, parts: Sequence[PartCounts], per_second: float) -> float:
    """Return how long `dvc repro` takes if no training stops early, seconds.

    Args:
        params: Of the training.
        parts: Blocks and landslides of each date and source of pretraining.
        per_second: Floating-point operations per second of a training.
    """
    tuned, _ = _tuned_dates(params, parts)
    sources = sum(counts.pixels[0] for counts in parts if is_source(counts.name))
    predicted, stages = _training_pixels(params, params.pretrain, params.epochs, sources), 4
    for counts in parts:
        validation, pixels = counts.pixels
        if is_source(counts.name):
            continue
        stages += 1
        predicted += pixels * params.evaluate.symmetries
        if counts.name in tuned:
            stages += 1
            epochs = params.finetune.epochs
            # the threshold, by train and validation blocks
            predicted += (1 - params.split.test) * pixels * params.evaluate.symmetries
            predicted += _training_pixels(params, params.finetune, epochs, validation)
    operations = predicted * params.learning.members * _OPERATIONS[params.model.architecture]
    return operations * params.filters**2 / per_second + stages * _SECONDS_PER_STAGE


def _training_pixels(
    params: Params, schedule: ScheduleParams, epochs: int, validation: int
) -> float:
    """Return the pixels of a training, in predicted ones that take as long."""
    steps = max(1, round(schedule.patches_per_epoch / params.batch_size))
    patches = steps * params.batch_size * params.learning.patch**2
    return float(epochs) * (_BACKWARD * patches + validation)


def operations_per_second() -> float:
    """Return the floating-point operations per second of a training on this machine's processor.

    A small filter is timed on one core, as often as fits into a moment; the fastest run counts, so
    that other programs hardly matter.
    """
    image = np.random.default_rng(0).random((_FILTERED_SIDE, _FILTERED_SIDE), np.float32)
    weights = np.full((3, 3), 1 / 9)
    fastest, end = math.inf, time.perf_counter() + _TIMING_SECONDS
    while fastest == math.inf or time.perf_counter() < end:
        start = time.perf_counter()
        correlate(image, weights)
        fastest = min(fastest, time.perf_counter() - start)
    filtering = 2 * weights.size * image.size / fastest
    return filtering * _FASTER_THAN_FILTER * usable_cores()


def _describe_seconds(seconds: float) -> str:
    minutes = seconds / 60
    if minutes < _ROUND_MINUTES:
        text = f"less than {_ROUND_MINUTES} minutes"
    elif minutes < 2 * 60:
        text = f"at most about {round(minutes / _ROUND_MINUTES) * _ROUND_MINUTES} minutes"
    elif minutes < 2 * 24 * 60:
        text = f"at most about {minutes / 60:.0f} hours"
    else:
        text = f"at most about {minutes / 60 / 24:,.0f} days"
    remedy = "" if minutes < 6 * 60 else "; fewer filters, epochs or patches_per_epoch take less"
    return f"{text} on this processor (an estimate){remedy}"
