"""The protocols: where the methods are trained and where they are scored, on unseen ground."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.quality.few import with_few
from benchmarks.quality.grounds import after_mosaic, ground
from benchmarks.quality.runs import Run, is_done, score, train
from slidelens.dataset.parts import OUTSIDE, TEST, TRAIN, VALIDATION, block_px
from slidelens.dataset.prepared import Prepared
from slidelens.params.schema import Params
from slidelens.types import Mask

ZERO_SHOT, TUNED = "no fine-tuning", "fine-tuned"
FEW = ("5", "10", "25", "50", "all")  # landslides to fine-tune with
TAIWAN_PATCHES = 512  # per epoch: its 1,741 tiles are worth longer epochs than one valley


def next_valley(run: Run) -> None:
    """Protocol A: train in the east of Iburi, map the west; then fine-tune on the west."""
    if not is_done(run, "A", ZERO_SHOT):
        west = ground(run.params, "post", run.work)
        parts = west.split_map
        places = {
            "west": parts != OUTSIDE,
            "train and validation blocks": (parts == TRAIN) | (parts == VALIDATION),
            "test blocks": parts == TEST,
        }
        score(run, "A", ZERO_SHOT, _east(run), west, places)
    if not is_done(run, "A", TUNED):
        west = ground(run.params, "post", run.work)
        score(run, "A", TUNED, train(run, "west", west, _east(run)), west, _blocks(west))


def _blocks(ground: Prepared) -> dict[str, Mask]:
    """Return the validation blocks, for choosing options, and the test blocks, for scores."""
    return {
        "validation blocks": ground.split_map == VALIDATION,
        "test blocks": ground.split_map == TEST,
    }


def between_dates(run: Run) -> None:
    """Protocol C: map the image before the earthquake, where every landslide is a false alarm."""
    if not is_done(run, "C", ZERO_SHOT):
        before = ground(run.params, "pre", run.work)
        places = {"west, before": before.split_map != OUTSIDE}
        score(run, "C", ZERO_SHOT, _east(run), before, places)


def _east(run: Run) -> Path:
    return train(run, "east", ground(run.params, "pretrain", run.work))


def elsewhere(run: Run, numbers: Sequence[str] = FEW) -> None:
    """Protocol B: train on Taiwan, map Kodagu and Iburi; then fine-tune with few landslides.

    Fine-tuning is compared with training from scratch on the same landslides.

    Args:
        run: A method on the mosaics, with Iburi elsewhere.
        numbers: Points of the learning curve, of FEW.
    """
    iburi = run.elsewhere
    assert iburi is not None

    def read_kodagu() -> Prepared:
        return ground(run.params, "kodagu", run.work)

    def read_iburi() -> Prepared:
        return after_mosaic(ground(iburi, "post", run.work))

    targets: dict[str, Callable[[], Prepared]] = {"Kodagu": read_kodagu, "Iburi": read_iburi}
    for name, target in targets.items():
        if not is_done(run, "B", f"{name}, {ZERO_SHOT}"):
            whole = target()
            places = {"all": whole.split_map != OUTSIDE, "test blocks": whole.split_map == TEST}
            score(run, "B", f"{name}, {ZERO_SHOT}", _taiwan(run), whole, places)
        for landslides in numbers:
            _curve(run, name, target, landslides)


def _curve(run: Run, name: str, target: Callable[[], Prepared], landslides: str) -> None:
    """Score one point of the learning curve, from Taiwan's weights and from random ones."""
    for from_taiwan, start in ((True, "from Taiwan"), (False, "from scratch")):
        step = f"{name}, {landslides} landslides, {start}"
        if is_done(run, "B", step):
            continue
        whole = target()
        pixel_m = whole.scene.grid.pixel_m
        side = block_px(run.params.split, pixel_m, whole.tile_px, whole.block_px)
        mapped = (
            whole
            if landslides == "all"
            else with_few(whole, int(landslides), side, run.params.seed)
        )
        weights = train(
            run.with_params(as_long_as_pretraining(run.params)),
            step.replace(", ", "-").replace(" ", "-"),
            mapped,
            _taiwan(run) if from_taiwan else None,
        )
        score(run, "B", step, weights, whole, {"test blocks": whole.split_map == TEST})


def _taiwan(run: Run) -> Path:
    pretrain = run.params.pretrain.model_copy(update={"patches_per_epoch": TAIWAN_PATCHES})
    longer = run.with_params(run.params.model_copy(update={"pretrain": pretrain}))
    return train(longer, "taiwan", ground(longer.params, "pretrain", longer.work))


def as_long_as_pretraining(params: Params) -> Params:
    """Return parameters that fine-tune for as many epochs and patches as from scratch, unblended.

    From another continent there is as much to learn as from scratch.
    """
    tuning = params.finetune.model_copy(
        update=params.pretrain.model_dump() | {"epochs": params.epochs, "blend": 1.0}
    )
    return params.model_copy(update={"finetune": tuning})
