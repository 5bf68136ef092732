"""The classical baseline: a random forest on each pixel's bands, band ratios and local statistics.

Its threshold is that of the best F1 on validation blocks, as slidelens' is, because a forest has no loss that minds how rare landslides are.
It grows on at most 60,000 pixels of a ground. It cannot be fine-tuned: going on means growing it anew on the pixels of both grounds.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter

from slidelens.dataset.parts import TRAIN, UNKNOWN, VALIDATION
from slidelens.dataset.prepared import Prepared
from slidelens.learning.inference.thresholds import best_threshold
from slidelens.learning.training.settings import Settings
from slidelens.params.schema import Params

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
TREES, LEAF_PIXELS = 200, 5
MOST_PIXELS = 60_000
WINDOWS = (3, 7, 15)
CHUNK = 200_000


def train(
    prepared: Prepared, params: Params, settings: Settings, start: Path | None, out: Path
) -> None:
    """The forest, its threshold and the pixels that it grew on."""
    import joblib
    from sklearn.ensemble import RandomForestClassifier

    shown = (prepared.split_map == TRAIN) | (prepared.split_map == VALIDATION)
    known = (prepared.labels != UNKNOWN) & prepared.scene.valid
    x, y = _material(prepared, shown, _sample(known & (prepared.split_map == TRAIN), settings.seed))
    if start is not None:
        _, _, *before = joblib.load(start)
        x, y = np.concatenate([x, before[0]]), np.concatenate([y, before[1]])
    grown = RandomForestClassifier(
        TREES, min_samples_leaf=LEAF_PIXELS, random_state=settings.seed, n_jobs=-1
    ).fit(x, y)
    checked, landslide = _material(
        prepared, shown, _sample(known & (prepared.split_map == VALIDATION), settings.seed)
    )
    joblib.dump(
        (grown, best_threshold(_probable(grown, checked), landslide.astype(np.uint8)), x, y),
        out,
        compress=3,
    )


def map_ground(path: Path, prepared: Prepared, params: Params) -> tuple[Floats, float]:
    """Probability pixel by pixel, and the threshold."""
    import joblib

    grown, threshold, *_ = joblib.load(path)
    result = np.zeros(prepared.labels.shape, np.float32)
    for place, values in _pieces(prepared, prepared.scene.valid):
        result[place] = _probable(grown, values.reshape(-1, values.shape[2])).reshape(
            values.shape[:2]
        )
    return result, threshold


def _material(prepared: Prepared, shown: Mask, chosen: Mask) -> tuple[Floats, Mask]:
    """Features and landslide or not of the chosen pixels."""
    pieces = [
        (values[chosen[place]], prepared.labels[place][chosen[place]] == 1)
        for place, values in _pieces(prepared, shown, chosen)
    ]
    values, landslide = zip(*pieces, strict=True)
    return np.concatenate(values), np.concatenate(landslide)


def _pieces(
    prepared: Prepared, shown: Mask, wanted: Mask | None = None
) -> Iterator[tuple[tuple[slice, slice], Floats]]:
    """Places and features of an image as one, of a mosaic tile by tile, so that none takes its neighbours from another place.

    shown: pixels that may be looked at, be it as a neighbour; the others count as nodata. wanted: pieces without any are left out
    """
    (height, width), side = prepared.labels.shape, prepared.tile_px or max(prepared.labels.shape)
    bands = np.where(shown[..., None], prepared.standardised(), np.float32(0))
    raw = np.where(shown[..., None], prepared.scene.pixels, np.float32(0))
    for row in range(0, height, side):
        for column in range(0, width, side):
            place = slice(row, row + side), slice(column, column + side)
            if wanted is None or wanted[place].any():
                yield place, features(bands[place], raw[place])


def features(bands: Floats, raw: Floats) -> Floats:
    """(height, width, features): standardised bands, normalised differences of each two bands, and local means and deviations."""
    layers = [bands]
    for one, other in combinations(range(raw.shape[2]), 2):
        total = raw[..., one] + raw[..., other]
        layers.append(
            np.divide(
                raw[..., one] - raw[..., other], total, out=np.zeros_like(total), where=total != 0
            )[..., None]
        )
    for side in WINDOWS:
        mean = uniform_filter(bands, (side, side, 0))
        layers += [
            mean,
            np.sqrt(np.maximum(uniform_filter(bands**2, (side, side, 0)) - mean**2, 0)),
        ]
    return np.concatenate(layers, axis=-1)


def _sample(where: Mask, seed: int) -> Mask:
    sampled = np.zeros_like(where)
    sampled.flat[np.random.default_rng(seed).permutation(np.flatnonzero(where))[:MOST_PIXELS]] = (
        True
    )
    return sampled


def _probable(grown: object, values: Floats) -> Floats:
    chunks = [
        grown.predict_proba(values[first : first + CHUNK])[:, 1]
        for first in range(0, len(values), CHUNK)
    ]  # type: ignore[attr-defined]
    return np.concatenate(chunks).astype(np.float32)
