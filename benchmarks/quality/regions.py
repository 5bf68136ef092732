"""Protocol E: train on all regions but one, and map the one that was left out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.quality.grounds import ground, prepare_grounds
from benchmarks.quality.protocols import TAIWAN_PATCHES
from benchmarks.quality.runs import Run, is_done, score, train_once
from benchmarks.quality.studies import study_params
from slidelens.dataset.parts import OUTSIDE, UNKNOWN, block_numbers
from slidelens.dataset.prepared import Prepared
from slidelens.types import Mask
from zoo.regions import REGIONS, link_study, study_dates, study_without
from zoo.train import train_on_sources

NAME = "slidelens"  # the other methods train on one region
AFTER, BEFORE = "after", "before"


def without_each(
    data: Path,
    work: Path,
    changes: Sequence[str],
    epochs: int | None,
    seed: int,
    regions: Sequence[str] = tuple(REGIONS),
) -> set[str]:
    """Run the protocol; return the digests of its settings.

    Args:
        data: Folder of the real data.
        work: Folder of all that is kept.
        changes: Other parameters as typed.
        epochs: Epochs of training; None for those of params.yaml.
        seed: Seed of the training.
        regions: Names of the regions to leave out, one at a time.
    """
    longer = [f"pretrain.patches_per_epoch={TAIWAN_PATCHES}", *changes]
    settings = set()
    for region in regions:
        root = link_study(region, work / "without" / region, data)
        study = study_without(region, root, tuple(REGIONS)) | {"derived": []}
        params = study_params(study, study_dates(region), longer, epochs, seed)
        run = Run(NAME, params, " ".join(changes), work)
        step = f"without {region}"
        if not is_done(run, "E", step):
            _score_region(run, step, region)
        settings.add(run.settings)
    return settings


def _score_region(run: Run, step: str, region: str) -> None:
    def write(out: Path) -> None:
        train_on_sources(run.params, prepare_grounds(run.params, run.work), out)

    weights = train_once(run, step.replace(" ", "-"), write)
    after = ground(run.params, AFTER, run.work)
    places = {region: after.split_map != OUTSIDE}
    bare = tiles_without_landslides(after)
    if bare.any():
        places["tiles without landslides"] = bare
    score(run, "E", step, weights, after, places)
    if REGIONS[region].before:
        before = ground(run.params, BEFORE, run.work)
        score(run, "E", step, weights, before, {BEFORE: before.split_map != OUTSIDE})


def tiles_without_landslides(prepared: Prepared) -> Mask:
    """Return the (height, width) mask of the tiles of a mosaic that hold no landslide.

    Args:
        prepared: A mosaic; nothing is found in an image.
    """
    labels = prepared.labels
    if not prepared.tile_px:
        return np.zeros(labels.shape, bool)
    tiles = block_numbers(labels.shape, prepared.tile_px)
    landslides, known = (
        np.bincount(tiles[mask], minlength=int(tiles.max()) + 1)
        for mask in (labels == 1, labels != UNKNOWN)
    )
    found: Mask = ((landslides == 0) & (known > 0))[tiles]
    return found
