"""The classical baseline: a random forest on bands, band ratios and local statistics.

Its threshold has the best F1 on the validation blocks, as that of slidelens, because a forest has
no loss that accounts for how rare landslides are. It is trained on at most 60,000 pixels of a
ground. A forest cannot be fine-tuned: it is trained anew on the pixels of both grounds.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from scipy.ndimage import uniform_filter

from slidelens.dataset.parts import TRAIN, UNKNOWN, VALIDATION
from slidelens.dataset.prepared import Prepared
from slidelens.learning.inference.thresholds import best_threshold
from slidelens.learning.training.settings import Settings
from slidelens.params.schema import Params
from slidelens.types import Float32, Mask

TREES, LEAF_PIXELS = 200, 5
MAX_PIXELS = 60_000
WINDOWS = (3, 7, 15)
CHUNK = 200_000


def train(
    prepared: Prepared, params: Params, settings: Settings, start: Path | None, out: Path
) -> None:
    """Write the forest, its threshold and the pixels that it was trained on."""
    import joblib  # type: ignore[import-untyped]  # has no types

    visible = (prepared.split_map == TRAIN) | (prepared.split_map == VALIDATION)
    known = (prepared.labels != UNKNOWN) & prepared.scene.valid
    x, y = features_and_labels(
        prepared, visible, sample_pixels(known & (prepared.split_map == TRAIN), settings.seed)
    )
    if start is not None:
        _, _, *before = joblib.load(start)
        x, y = np.concatenate([x, before[0]]), np.concatenate([y, before[1]])
    forest = fit_forest(x, y, settings.seed)
    checked, landslide = features_and_labels(
        prepared, visible, sample_pixels(known & (prepared.split_map == VALIDATION), settings.seed)
    )
    joblib.dump(
        (
            forest,
            best_threshold(_landslide_probability(forest, checked), landslide.astype(np.uint8)),
            x,
            y,
        ),
        out,
        compress=3,
    )


def map_ground(path: Path, prepared: Prepared, params: Params) -> tuple[Float32, float]:
    """Return the probability of each pixel, and the threshold."""
    import joblib

    forest, threshold, *_ = joblib.load(path)
    return map_with_forest(forest, prepared), threshold


def fit_forest(values: Float32, landslide: Mask, seed: int) -> Any:
    """Return a forest that has learnt from (pixels, features) and their labels."""
    from sklearn.ensemble import RandomForestClassifier

    forest = RandomForestClassifier(
        TREES, min_samples_leaf=LEAF_PIXELS, random_state=seed, n_jobs=-1
    )
    return forest.fit(values, landslide)


def map_with_forest(forest: Any, prepared: Prepared) -> Float32:
    """Return the probability of each pixel."""
    result = np.zeros(prepared.labels.shape, np.float32)
    for place, values in _parts(prepared, prepared.scene.valid):
        result[place] = _landslide_probability(forest, values.reshape(-1, values.shape[2])).reshape(
            values.shape[:2]
        )
    return result


def features_and_labels(prepared: Prepared, visible: Mask, chosen: Mask) -> tuple[Float32, Mask]:
    """Return features and labels of the chosen pixels."""
    parts = [
        (values[chosen[place]], prepared.labels[place][chosen[place]] == 1)
        for place, values in _parts(prepared, visible, chosen)
    ]
    values, landslide = zip(*parts, strict=True)
    return np.concatenate(values), np.concatenate(landslide)


def _parts(
    prepared: Prepared, visible: Mask, wanted: Mask | None = None
) -> Iterator[tuple[tuple[slice, slice], Float32]]:
    """Yield slices and features of an image as a whole, or of a mosaic tile by tile.

    A tile does not see its neighbours, which come from other places.

    Args:
        prepared: A ground.
        visible: (height, width) pixels that may be used, also as a neighbour; others are nodata.
        wanted: (height, width) parts without any of these pixels are left out.
    """
    (height, width), side = prepared.labels.shape, prepared.tile_px or max(prepared.labels.shape)
    bands = np.where(visible[..., None], prepared.standardised(), np.float32(0))
    raw = np.where(visible[..., None], prepared.scene.pixels, np.float32(0))
    for row in range(0, height, side):
        for column in range(0, width, side):
            place = slice(row, row + side), slice(column, column + side)
            if wanted is None or wanted[place].any():
                yield place, features(bands[place], raw[place])


def features(bands: Float32, raw: Float32) -> Float32:
    """Return bands, normalised differences of each two bands, local means and deviations.

    Args:
        bands: (height, width, bands), standardised.
        raw: (height, width, bands), as in the image.

    Returns:
        (height, width, features).
    """
    layers = [bands]
    for first, second in combinations(range(raw.shape[2]), 2):
        total, difference = raw[..., first] + raw[..., second], raw[..., first] - raw[..., second]
        ratio = np.divide(difference, total, out=np.zeros_like(total), where=total != 0)
        layers.append(ratio[..., None])
    for side in WINDOWS:
        mean = uniform_filter(bands, (side, side, 0))
        layers += [
            mean,
            np.sqrt(np.maximum(uniform_filter(bands**2, (side, side, 0)) - mean**2, 0)),
        ]
    return np.concatenate(layers, axis=-1)


def sample_pixels(where: Mask, seed: int) -> Mask:
    """Return at most `MAX_PIXELS` random pixels of those."""
    sampled = np.zeros_like(where)
    sampled.flat[np.random.default_rng(seed).permutation(np.flatnonzero(where))[:MAX_PIXELS]] = True
    return sampled


def _landslide_probability(forest: Any, values: Float32) -> Float32:
    chunks = [
        forest.predict_proba(values[first : first + CHUNK])[:, 1]
        for first in range(0, len(values), CHUNK)
    ]
    return np.concatenate(chunks).astype(np.float32)
