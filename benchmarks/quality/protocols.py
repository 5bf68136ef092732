"""What is trained and where it is scored. Test ground is scored, never seen before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.quality.few import with_few
from benchmarks.quality.grounds import after_mosaic, ground
from benchmarks.quality.runs import Mask, Run, is_done, score, trained

from slidelens.dataset.parts import OUTSIDE, TEST, TRAIN, VALIDATION, block_px
from slidelens.dataset.prepared import Prepared

ZERO_SHOT, TUNED = "no fine-tuning", "fine-tuned"
FEW = ("5", "10", "25", "50", "all")  # landslides to fine-tune with
TAIWAN_PATCHES = 512  # an epoch: its 1,741 tiles are worth longer epochs than one valley is


def next_valley(run: Run) -> None:
    """A: trained in the east of Iburi, mapped in the west; and fine-tuned on the west's train blocks, scored on its test blocks."""
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
        score(run, "A", TUNED, trained(run, "west", west, _east(run)), west, _blocks(west))


def _blocks(ground: Prepared) -> dict[str, Mask]:
    """Validation blocks, by which options may be chosen, and test blocks, which only tell how good the chosen is."""
    return {
        "validation blocks": ground.split_map == VALIDATION,
        "test blocks": ground.split_map == TEST,
    }


def between_dates(run: Run) -> None:
    """C: the network of the east applied to the image of before the earthquake, where any landslide is a false alarm."""
    if not is_done(run, "C", ZERO_SHOT):
        before = ground(run.params, "pre", run.work)
        score(
            run, "C", ZERO_SHOT, _east(run), before, {"west, before": before.split_map != OUTSIDE}
        )


def _east(run: Run) -> Path:
    return trained(run, "east", ground(run.params, "pretrain", run.work))


def elsewhere(run: Run, numbers: Sequence[str] = FEW) -> None:
    """B: trained on Taiwan, mapped in Kodagu and Iburi; then fine-tuned with few landslides, against training on them alone.

    run: on the mosaics, with Iburi elsewhere; numbers: points of the learning curve, of FEW
    """
    iburi = run.elsewhere
    assert iburi is not None
    targets = {
        "Kodagu": lambda: ground(run.params, "kodagu", run.work),
        "Iburi": lambda: after_mosaic(ground(iburi, "post", run.work)),
    }
    for name, target in targets.items():
        if not is_done(run, "B", f"{name}, {ZERO_SHOT}"):
            there = target()
            places = {"all": there.split_map != OUTSIDE, "test blocks": there.split_map == TEST}
            score(run, "B", f"{name}, {ZERO_SHOT}", _taiwan(run), there, places)
        for landslides in numbers:
            _curve(run, name, target, landslides)


def _curve(run: Run, name: str, target: Callable[[], Prepared], landslides: str) -> None:
    """One point of the learning curve, from Taiwan's weights and from random ones."""
    for start, how in ((True, "from Taiwan"), (False, "from scratch")):
        step = f"{name}, {landslides} landslides, {how}"
        if is_done(run, "B", step):
            continue
        whole = target()
        side = block_px(run.params.split, whole.scene.grid.pixel_m, whole.tile_px)
        mapped = (
            whole
            if landslides == "all"
            else with_few(whole, int(landslides), side, run.params.seed)
        )
        weights = trained(
            _as_long(run),
            step.replace(", ", "-").replace(" ", "-"),
            mapped,
            _taiwan(run) if start else None,
        )
        score(run, "B", step, weights, whole, {"test blocks": whole.split_map == TEST})


def _taiwan(run: Run) -> Path:
    pretrain = run.params.pretrain.model_copy(update={"patches_per_epoch": TAIWAN_PATCHES})
    longer = run.with_params(run.params.model_copy(update={"pretrain": pretrain}))
    return trained(longer, "taiwan", ground(longer.params, "pretrain", longer.work))


def _as_long(run: Run) -> Run:
    """From another continent there is as much to learn as from scratch: as many epochs of as many patches, all the way where there is enough."""
    params = run.params
    tuning = params.finetune.model_copy(
        update=params.pretrain.model_dump() | {"epochs": params.epochs, "blend": 1.0}
    )
    return run.with_params(params.model_copy(update={"finetune": tuning}))
