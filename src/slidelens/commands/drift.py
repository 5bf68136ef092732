"""`slidelens drift`: measure how far each date's image is from the training image.

The distances tell, before any training, which dates may be mapped poorly. Where metrics/f1.json has
scores, they stand beside the distances, with rank correlations that show how well these predicted.
"""

from __future__ import annotations

import logging
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray
from scipy.stats import spearmanr

from slidelens.analysis.radiometry.drift import Drift, drift
from slidelens.console import print_json
from slidelens.dataset.parts import OUTSIDE, TRAIN
from slidelens.dataset.prepared import Prepared, read_prepared
from slidelens.errors import SlidelensError
from slidelens.files import read_json
from slidelens.params.loading import DEFAULT_PATH, load_params
from slidelens.study.preparation import NEAR, train_pixels

log = logging.getLogger(__name__)

FAR = 2.0  # times the median distance of the dates, beyond which a date is called far
# Standard deviations of the training image beyond which a date is far whatever the others are.
FAR_ANYWHERE = 1.0


@dataclass(frozen=True)
class DateDrift:
    """A date's drift.

    seen: valid share of the area. far: whether the date is far off.
    f1: before fine-tuning, if known.
    """

    drift: Drift
    seen: float
    far: bool
    f1: float | None


def command(
    params: Annotated[Path, typer.Option("--params", help="Parameters.")] = DEFAULT_PATH,
    json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Measure how far each date's image is from the training image, before any training.

    Only train blocks are read. Where metrics/f1.json has scores, they stand beside the distances,
    with the rank correlations that show how well the distance predicted them.
    """
    found = report(params.parent, load_params(params).dates)
    if json:
        print_json(as_json(found))
    else:
        print(table_text(found))


def report(root: Path, dates: tuple[str, ...]) -> dict[str, DateDrift]:
    """Return the drift of each date in data/prepared below `root`.

    Raises:
        SceneError: If `prepare` has not run.
    """
    first = read_prepared(root / "data/prepared/pretrain")
    training, bands = train_pixels(first), first.statistics.bands
    scores = _scores(root / "metrics/f1.json")
    grounds = {date: read_prepared(root / "data/prepared" / date) for date in dates}
    drifts = {date: _drift(training, ground, bands) for date, ground in grounds.items()}
    far = min(FAR * float(np.median([one.distance for one in drifts.values()])), FAR_ANYWHERE)
    return {
        date: DateDrift(one, _seen(grounds[date]), one.distance > far, scores.get(date))
        for date, one in drifts.items()
    }


def _scores(path: Path) -> dict[str, float | None]:
    """F1 before fine-tuning by date, where the pipeline has written any."""
    told = read_json(path) if path.exists() else {}
    scores = told.get("f1_before", {}) if isinstance(told, dict) else None
    if not isinstance(scores, dict) or not all(
        score is None or isinstance(score, (int, float)) for score in scores.values()
    ):
        raise SlidelensError(
            f"{path} holds other scores than `dvc repro` writes; run it, or take the file away"
        )
    return scores


def _drift(training: NDArray[np.float64], ground: Prepared, bands: tuple[str, ...]) -> Drift:
    return drift(
        training,
        train_pixels(ground),
        bands,
        train_pixels(ground, ground.standardised(seen=ground.split_map == TRAIN)),
    )


def _seen(ground: Prepared) -> float:
    inside = ground.split_map != OUTSIDE
    return float((ground.scene.valid & inside).sum() / inside.sum())


def held(found: dict[str, DateDrift], measure: str = "distance") -> float | None:
    """Return Spearman's rank correlation of a measure of drift and F1 before fine-tuning.

    −1 is a perfect prediction; None if there are fewer than three scores.
    """
    pairs = [(getattr(one.drift, measure), one.f1) for one in found.values() if one.f1 is not None]
    if len(pairs) < 3:
        return None
    value = float(spearmanr(*zip(*pairs, strict=True)).statistic)
    return value if math.isfinite(value) else None


def as_json(found: dict[str, DateDrift]) -> dict[str, Any]:
    """Every figure, rounded to four digits."""
    dates = {
        date: {
            "distance": round(one.drift.distance, 4),
            "residual": round(one.drift.residual, 4),
            "seen": round(one.seen, 4),
            "far": one.far,
            "expect_a_poor_map": one.far and one.drift.residual > NEAR,
            "f1_before": one.f1,
            "bands": {
                band.band: {k: round(v, 4) for k, v in asdict(band).items() if k != "band"}
                for band in one.drift.bands
            },
        }
        for date, one in found.items()
    }
    return {
        "dates": dates,
        "rank_correlation_with_f1": held(found),
        "rank_correlation_of_residual_with_f1": held(found, "residual"),
    }


def table_text(found: dict[str, DateDrift]) -> str:
    """Return a row a date, the farthest first.

    Distances are in standard deviations of the training image; residual: what standardising leaves.
    """
    bands = [band.band for band in next(iter(found.values())).drift.bands]
    head = f"{'date':10} {'distance':>8} {'residual':>8} {'seen':>6} {'F1':>6}  " + "  ".join(
        f"{name:>12}" for name in bands
    )
    rows = [
        _row(date, one)
        for date, one in sorted(found.items(), key=lambda item: -item[1].drift.distance)
    ]
    held_by = {name: held(found, name) for name in ("distance", "residual")}
    known = ", ".join(
        f"{name} {value:+.2f}" for name, value in held_by.items() if value is not None
    )
    scored = sum(one.f1 is not None for one in found.values())
    told = (
        f"\nrank correlation with F1 before fine-tuning of {scored} dates "
        f"(−1: the order held): {known}"
        if known
        else ""
    )
    title = (
        "distance from the training image, and what standardising leaves of it; "
        "shift of each band's mean, ratio of its spread"
    )
    return "\n".join([title, head, *rows]) + told


def _row(date: str, one: DateDrift) -> str:
    f1 = "–" if one.f1 is None else f"{one.f1:.3f}"
    bands = "  ".join(f"{band.shift:+.2f} ×{band.spread:.2f}".rjust(12) for band in one.drift.bands)
    left = (
        "expect a poor map" if one.drift.residual > NEAR else "standardising takes most of it away"
    )
    note = f"  far from the training image: {left}" if one.far else ""
    figures = f"{one.drift.distance:8.3f} {one.drift.residual:8.3f} {one.seen:6.0%} {f1:>6}"
    return f"{date:10} {figures}  {bands}{note}"
