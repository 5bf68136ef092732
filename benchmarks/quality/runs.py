"""One method with one seed: what it is trained on, where it is scored, and what of that is there already."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from benchmarks.quality import results
from benchmarks.quality.grounds import COMMON, digest, prepared_by
from benchmarks.quality.methods import METHODS, Method
from benchmarks.quality.scoring import scores
from numpy.typing import NDArray

from slidelens.dataset.parts import UNKNOWN
from slidelens.dataset.prepared import Prepared
from slidelens.files import atomic_write, read_json, write_json
from slidelens.learning.inference.thresholds import expected_threshold
from slidelens.learning.mapping.prediction import mask_test_blocks
from slidelens.learning.training.settings import finetuning_settings, pretraining_settings
from slidelens.params.schema import Params

log = logging.getLogger(__name__)
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Run:
    """A method at a seed on a study.

    changes: parameters that differ from params.yaml, as typed; work: folder of all that is kept
    elsewhere: parameters of another study whose ground is mapped too
    """

    name: str
    params: Params
    changes: str
    work: Path
    elsewhere: Params | None = None

    @property
    def method(self) -> Method:
        """How it is trained and how it maps."""
        return METHODS[self.name]

    @cached_property
    def settings(self) -> str:
        """A digest of all parameters but the seed, all data and all code that its results follow from."""
        chosen = self.params.model_dump(mode="json", by_alias=True)
        kept = {key: chosen[key] for key in self.method.sections}
        studies = [prepared_by(params) for params in (self.params, self.elsewhere) if params]
        return digest([kept, studies], *COMMON, self.method.source)

    @property
    def csv(self) -> Path:
        """Where results are kept."""
        return self.work / "results.csv"

    def with_params(self, params: Params) -> Run:
        """The same method and seed on another study."""
        return replace(self, params=params)


def trained(run: Run, name: str, ground: Prepared, start: Path | None = None) -> Path:
    """The file of a training, which is done now where it was not before. name: of the training, its own within the run."""
    out = (
        run.work
        / "trained"
        / f"{run.name}-{run.settings}-{run.params.seed}"
        / f"{name}{run.method.suffix}"
    )
    if not out.exists():
        log.info("%s, seed %d: training %s", run.name, run.params.seed, name)
        begun = time.perf_counter()
        with atomic_write(out) as temporary:
            settings = (
                pretraining_settings(run.params)
                if start is None
                else finetuning_settings(run.params)
            )
            run.method.train(ground, run.params, settings, start, temporary)
            before = 0.0 if start is None else read_json(_clock(start))
            write_json(_clock(out), round(before + time.perf_counter() - begun, 2))
    return out


def _clock(out: Path) -> Path:
    return out.with_name(f"{out.name}.seconds.json")


def is_done(run: Run, protocol: str, step: str) -> bool:
    """Whether the scores are kept already."""
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
    """Map a ground with what was trained, and keep the scores on each of the places, by name."""
    probability, threshold = run.method.map(weights, ground, run.params)
    landslide, known = ground.labels == 1, (ground.labels != UNKNOWN) & ground.scene.valid
    expected = expected_threshold(probability[mask_test_blocks(ground)])
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
            seconds=seconds,
            **scores(landslide, probability, threshold, known & where, expected),
        )
        for place, where in places.items()
    ]
    results.append(run.csv, rows)
    log.info(
        "%s",
        "; ".join(
            f"{row.ground}: F1 {row.f1 if row.f1 is None else round(row.f1, 3)}" for row in rows
        ),
    )
