"""Report how far each date's image is from the training image, before any training."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import spearmanr

from slidelens.analysis.radiometry.drift import Drift, drift
from slidelens.console import format_score, print_table
from slidelens.dataset.change_channels import own_names
from slidelens.dataset.parts import OUTSIDE, TRAIN
from slidelens.dataset.prepared import Prepared, read_prepared
from slidelens.dataset.prepared_files import source_folders
from slidelens.errors import SlidelensError
from slidelens.files import read_json
from slidelens.layout import Layout
from slidelens.learning.audit.registration_notes import MeasuredShifts, RegistrationMeasurement
from slidelens.study.checks.radiometry import describe_unit_difference
from slidelens.study.images.standardisation import NEAR, train_pixels
from slidelens.types import Float64

FAR = 2.0  # times the median distance of the dates, beyond which a date is far
# Standard deviations of the training image beyond which a date is far whatever the others are.
FAR_ANYWHERE = 1.0
_MIN_SCORES = 3  # for a rank correlation
_Image = tuple[Float64, tuple[str, ...]]  # (pixels, bands) of a training image, and its bands


@dataclass(frozen=True)
class DateDrift:
    """The drift of a date.

    Attributes:
        drift: distance of its image from the training image.
        seen: valid share of the area, 0 to 1.
        far: whether the date is far off.
        f1: F1 before fine-tuning, None if unknown.
        units: how the units of its image differ from those of the training image; empty if they
            agree.
        shifts: how far its scene and its outlines are shifted; None if that was not measured.
    """

    drift: Drift
    seen: float
    far: bool
    f1: float | None
    units: str = ""
    shifts: MeasuredShifts | None = None

    @property
    def expect_poor_map(self) -> bool:
        """Whether the date is far off and standardisation leaves much of the distance."""
        return self.far and self.drift.residual > NEAR


def measure_drift(
    layout: Layout, dates: Sequence[str], reference: str | None = None
) -> dict[str, DateDrift]:
    """Return the drift of each prepared date, measured on train blocks only.

    Of several training images, a date is compared with the nearest.

    Args:
        layout: Of the prepared data.
        dates: The dates.
        reference: Date from whose scene the shifts are measured; by default the first.

    Raises:
        SceneError: `prepare` has not run.
        SlidelensError: metrics/f1.json is damaged.
    """
    images = [_read_image(folder) for folder in _source_folders(layout)]
    scores = _read_scores(layout.metric("f1"))
    prepared = {date: read_prepared(layout.prepared_date(date)) for date in dates}
    nearest = {date: _nearest(images, data) for date, data in prepared.items()}
    drifts = {date: value for date, (value, _) in nearest.items()}
    median = float(np.median([value.distance for value in drifts.values()]))
    limit = min(FAR * median, FAR_ANYWHERE)
    shifts = _measure_shifts(prepared, reference or dates[0])
    return {
        date: DateDrift(
            drift=value,
            seen=_valid_share(prepared[date]),
            far=value.distance > limit,
            f1=scores.get(date),
            units=describe_unit_difference(train_pixels(prepared[date]), *nearest[date][1]),
            shifts=shifts[date],
        )
        for date, value in drifts.items()
    }


def _measure_shifts(prepared: Mapping[str, Prepared], reference: str) -> dict[str, MeasuredShifts]:
    measurement = RegistrationMeasurement(reference)
    for date, data in prepared.items():
        outlines = None if data.inventory is None else data.inventory.geometry.values
        measurement.add(date, data.scene, data.split_map, outlines, data.tile_px)
    return measurement.results()


def _read_scores(path: Path) -> dict[str, float | None]:
    """Read F1 before fine-tuning by date; empty if the pipeline has not written it yet."""
    metrics = read_json(path) if path.exists() else {}
    scores = metrics.get("f1_before", {}) if isinstance(metrics, dict) else None
    if not isinstance(scores, dict) or not all(
        score is None or isinstance(score, (int, float)) for score in scores.values()
    ):
        raise SlidelensError(
            f"{path} holds other scores than `dvc repro` writes; run it, or take the file away"
        )
    return scores


def _source_folders(layout: Layout) -> list[Path]:
    return list(source_folders(layout.prepared_date("pretrain")).values())


def _read_image(folder: Path) -> _Image:
    prepared = read_prepared(folder)
    return train_pixels(prepared), own_names(prepared.statistics.bands)


def _nearest(images: Sequence[_Image], data: Prepared) -> tuple[Drift, _Image]:
    """Return the drift from the nearest training image, and that image."""
    own = train_pixels(data)
    standardised = train_pixels(data, data.standardised(seen=data.split_map == TRAIN))
    drifts = [(drift(image[0], own, image[1], standardised), image) for image in images]
    return min(drifts, key=lambda pair: pair[0].distance)


def _valid_share(data: Prepared) -> float:
    inside = data.split_map != OUTSIDE
    return float((data.scene.valid & inside).sum() / inside.sum())


def rank_correlation(drifts: Mapping[str, DateDrift], measure: str = "distance") -> float | None:
    """Return Spearman's rank correlation of a measure of drift and F1 before fine-tuning.

    Args:
        drifts: drift by date.
        measure: `distance` or `residual`.

    Returns:
        −1 if the measure orders the dates perfectly; None if there are fewer than three scores.
    """
    pairs = [
        (getattr(date.drift, measure), date.f1) for date in drifts.values() if date.f1 is not None
    ]
    if len(pairs) < _MIN_SCORES:
        return None
    value = float(spearmanr(*zip(*pairs, strict=True)).statistic)
    return value if math.isfinite(value) else None


def drift_json(drifts: Mapping[str, DateDrift]) -> dict[str, Any]:
    """Return every number for JSON, rounded to four digits."""
    return {
        "dates": {date: _date_json(value) for date, value in drifts.items()},
        "rank_correlation_with_f1": rank_correlation(drifts),
        "rank_correlation_of_residual_with_f1": rank_correlation(drifts, "residual"),
    }


def _date_json(date: DateDrift) -> dict[str, Any]:
    return {
        "distance": round(date.drift.distance, 4),
        "residual": round(date.drift.residual, 4),
        "seen": round(date.seen, 4),
        "far": date.far,
        "expect_a_poor_map": date.expect_poor_map,
        "f1_before": date.f1,
        "bands": {
            band.band: {k: round(v, 4) for k, v in asdict(band).items() if k != "band"}
            for band in date.drift.bands
        },
    } | _shifts_json(date.shifts)


def _shifts_json(shifts: MeasuredShifts | None) -> dict[str, Any]:
    """Return the shifts for JSON; null where one cannot be told."""
    if shifts is None:
        return {}
    both = {"scene_shift": shifts.scene, "inventory_shift": shifts.inventory}
    return {name: None if shift is None else shift.as_json() for name, shift in both.items()}


def print_drift(drifts: Mapping[str, DateDrift]) -> None:
    """Print a table with a row per date, the farthest first.

    Distances are in standard deviations of the training image; the residual is what
    standardisation leaves of the distance.
    """
    bands = [band.band for band in next(iter(drifts.values())).drift.bands]
    farthest_first = sorted(drifts.items(), key=lambda item: -item[1].drift.distance)
    print_table(
        ["date", "distance", "residual", "seen", "F1", "scene", "outlines", *bands, ""],
        [_row(date, value) for date, value in farthest_first],
        title="distance from the training image, and what standardising leaves of it; "
        "how far its scene lies from the reference date's, and outlines from their scene, pixels "
        "down and right; shift of each band's mean, ratio of its spread",
        left=[""],
    )
    correlations = {name: rank_correlation(drifts, name) for name in ("distance", "residual")}
    known = ", ".join(
        f"{name} {value:+.2f}" for name, value in correlations.items() if value is not None
    )
    if known:
        scored = sum(date.f1 is not None for date in drifts.values())
        print(
            f"rank correlation with F1 before fine-tuning of {scored} dates "
            f"(−1: the order held): {known}"
        )


def _row(name: str, date: DateDrift) -> list[str]:
    return [
        name,
        f"{date.drift.distance:.3f}",
        f"{date.drift.residual:.3f}",
        f"{date.seen:.0%}",
        format_score(date.f1),
        *_shift_cells(date.shifts),
        *(f"{band.shift:+.2f} ×{band.spread:.2f}" for band in date.drift.bands),
        _note(date),
    ]


def _shift_cells(shifts: MeasuredShifts | None) -> tuple[str, str]:
    if shifts is None:
        return "–", "–"
    scene, outlines = (
        "cannot be told" if shift is None else f"{shift.down_px:+.2f} {shift.right_px:+.2f}"
        for shift in (shifts.scene, shifts.inventory)
    )
    if shifts.is_reference:
        scene = "reference"
    return scene, outlines if shifts.is_mapped else "–"


def _note(date: DateDrift) -> str:
    if date.units:
        return f"{date.units} than those of the training image: see `slidelens check`"
    if not date.far:
        return ""
    outlook = "expect a poor map" if date.expect_poor_map else "standardising takes most of it away"
    return f"far from the training image: {outlook}"
