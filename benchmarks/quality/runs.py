"""Train one method with one seed and score its maps; what is done already is not repeated."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path

from benchmarks.quality import results
from benchmarks.quality.grounds import COMMON, digest, preparation_inputs
from benchmarks.quality.methods.compared import METHODS, Method
from benchmarks.quality.scoring import score_map
from slidelens.dataset.parts import UNKNOWN
from slidelens.dataset.prepared import Prepared
from slidelens.files import atomic_write, read_json, write_json
from slidelens.learning.inference.thresholds import expected_threshold
from slidelens.learning.mapping.prediction import mask_train_and_validation
from slidelens.learning.training.settings import finetuning_settings, pretraining_settings
from slidelens.params.schema import Params
from slidelens.types import Mask

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Run:
    """A method with a seed on a study.

    Attributes:
        name: Name of the method.
        params: Parameters of the study.
        changes: Parameters that differ from params.yaml, as typed.
        work: Folder of all that is kept.
        elsewhere: Parameters of another study that is mapped too.
    """

    name: str
    params: Params
    changes: str
    work: Path
    elsewhere: Params | None = None

    @property
    def method(self) -> Method:
        """Return how the method is trained and how it maps."""
        return METHODS[self.name]

    @cached_property
    def settings(self) -> str:
        """Return a digest of the parameters but the seed, the data and the code of its results."""
        chosen = self.params.model_dump(mode="json", by_alias=True)
        sections = {key: chosen[key] for key in self.method.sections}
        studies = [preparation_inputs(params) for params in (self.params, self.elsewhere) if params]
        return digest([sections, studies], *COMMON, self.method.source)

    @property
    def csv(self) -> Path:
        """Return the file of all results."""
        return self.work / "results.csv"

    def with_params(self, params: Params) -> Run:
        """Return the same method and seed with other parameters."""
        return replace(self, params=params)


def train(run: Run, name: str, ground: Prepared, start: Path | None = None) -> Path:
    """Train a method, unless it was done before.

    Args:
        run: Method, seed and study.
        name: Name of the training, unique within the run.
        ground: Where it is trained.
        start: File of the training to continue; None to start anew.

    Returns:
        The file of the training.
    """
    settings = (
        pretraining_settings(run.params) if start is None else finetuning_settings(run.params)
    )
    before = 0.0 if start is None else read_json(_clock(start))
    return train_once(
        run, name, partial(run.method.train, ground, run.params, settings, start), before
    )


def train_once(run: Run, name: str, write: Callable[[Path], None], before: float = 0.0) -> Path:
    """Return the file of a training, which is written unless that was done before.

    Args:
        run: Method, seed and study.
        name: Name of the training, unique within the run.
        write: Trains, and writes a file.
        before: Time of the training that it continues, seconds.
    """
    folder = run.work / "trained" / f"{run.name}-{run.settings}-{run.params.seed}"
    out = folder / f"{name}{run.method.suffix}"
    if not out.exists():
        log.info("%s, seed %d: training %s", run.name, run.params.seed, name)
        started = time.perf_counter()
        with atomic_write(out) as temporary:
            write(temporary)
            write_json(_clock(out), round(before + time.perf_counter() - started, 2))
    return out


def _clock(out: Path) -> Path:
    return out.with_name(f"{out.name}.seconds.json")


def is_done(run: Run, protocol: str, step: str) -> bool:
    """Return whether the scores of a step exist."""
    return results.done(
        run.csv,
        protocol=protocol,
        step=step,
        method=run.name,
        seed=run.params.seed,
        settings=run.settings,
    )


def score(
    run: Run, protocol: str, step: str, weights: Path, ground: Prepared, places: Mapping[str, Mask]
) -> None:
    """Map a ground with a trained method and keep the scores on each of the places.

    Args:
        run: Method, seed and study.
        protocol: A, B, C or E.
        step: How the method was trained.
        weights: File of the training.
        ground: What to map.
        places: Pixels to score on, by name.
    """
    probability, threshold = run.method.map(weights, ground, run.params)
    landslide, known = ground.labels == 1, (ground.labels != UNKNOWN) & ground.scene.valid
    expected = expected_threshold(probability[mask_train_and_validation(ground)])
    seconds = read_json(_clock(weights))
    rows = [
        results.Row(
            protocol=protocol,
            step=step,
            ground=place,
            method=run.name,
            seed=run.params.seed,
            changes=run.changes,
            settings=run.settings,
            scores=score_map(landslide, probability, threshold, known & where, expected),
            seconds=seconds,
        )
        for place, where in places.items()
    ]
    results.append(run.csv, rows)
    log.info("%s", "; ".join(f"{row.ground}: F1 {_rounded(row.scores.f1)}" for row in rows))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
