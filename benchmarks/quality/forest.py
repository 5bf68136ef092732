"""The classical baseline: a random forest on each pixel's bands, band ratios and local statistics.

Its threshold is that of the best F1 on validation blocks, as slidelens' is, because a forest has no loss that minds how rare landslides are.
It cannot be fine-tuned: going on means growing it anew on the pixels of both grounds.
"""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter

from slidelens.geo.prepared import Prepared
from slidelens.learning.calibration import best_threshold
from slidelens.learning.split import TRAIN, UNKNOWN, VALIDATION
from slidelens.learning.training import Settings
from slidelens.params import Params

Floats = NDArray[np.float32]
TREES, LEAF_PIXELS = 200, 5
MOST_PIXELS = 60_000
WINDOWS = (3, 7, 15)
CHUNK = 200_000


def train(prepared: Prepared, params: Params, settings: Settings, start: Path | None, out: Path) -> None:
    """The forest, its threshold and the pixels that it grew on."""
    import joblib
    from sklearn.ensemble import RandomForestClassifier

    parts, labels = prepared.parts, prepared.labels
    hidden = (parts != TRAIN) & (parts != VALIDATION)
    values = features(prepared, hidden)
    chosen = _sample((parts == TRAIN) & (labels != UNKNOWN) & prepared.scene.valid, settings.seed)
    x, y = values[chosen], labels[chosen] == 1
    if start is not None:
        _, _, *before = joblib.load(start)
        x, y = np.concatenate([x, before[0]]), np.concatenate([y, before[1]])
    grown = RandomForestClassifier(TREES, min_samples_leaf=LEAF_PIXELS, random_state=settings.seed, n_jobs=-1).fit(x, y)
    known = (parts == VALIDATION) & (labels != UNKNOWN)
    threshold = best_threshold(_probable(grown, values[known]), labels[known])
    joblib.dump((grown, threshold, x, y), out, compress=3)


def map_ground(path: Path, prepared: Prepared, params: Params) -> tuple[Floats, float]:
    """Probability pixel by pixel, and the threshold."""
    import joblib

    grown, threshold, *_ = joblib.load(path)
    values = features(prepared, ~prepared.scene.valid)
    return _probable(grown, values.reshape(-1, values.shape[2])).reshape(prepared.labels.shape), threshold


def features(prepared: Prepared, hidden: NDArray[np.bool_]) -> Floats:
    """(height, width, features): standardised bands, normalised differences of each two bands, and local means and deviations.

    hidden: (height, width) pixels that may not be looked at, not even as a neighbour: they count as nodata
    """
    bands = np.where(hidden[..., None], np.float32(0), prepared.standardised())
    raw = np.where(hidden[..., None], np.float32(0), prepared.scene.pixels)
    layers = [bands]
    for one, other in combinations(range(raw.shape[2]), 2):
        total = raw[..., one] + raw[..., other]
        layers.append(np.divide(raw[..., one] - raw[..., other], total, out=np.zeros_like(total), where=total != 0)[..., None])
    for side in WINDOWS:
        mean = uniform_filter(bands, (side, side, 0))
        layers += [mean, np.sqrt(np.maximum(uniform_filter(bands**2, (side, side, 0)) - mean**2, 0))]
    return np.concatenate(layers, axis=-1)


def _sample(where: NDArray[np.bool_], seed: int) -> tuple[NDArray[np.int64], ...]:
    places = np.flatnonzero(where)
    if len(places) > MOST_PIXELS:
        places = np.random.default_rng(seed).choice(places, MOST_PIXELS, replace=False)
    return np.unravel_index(places, where.shape)


def _probable(grown: object, values: Floats) -> Floats:
    chunks = [grown.predict_proba(values[first : first + CHUNK])[:, 1] for first in range(0, len(values), CHUNK)]  # type: ignore[attr-defined]
    return np.concatenate(chunks).astype(np.float32)
