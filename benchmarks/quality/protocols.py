"""What is trained and where it is scored. Test ground is scored, never seen before."""

from __future__ import annotations

from benchmarks.quality.grounds import ground
from benchmarks.quality.runs import Run, is_done, score, trained

from slidelens.learning.split import OUTSIDE, TEST, TRAIN, VALIDATION

ZERO_SHOT, TUNED = "no fine-tuning", "fine-tuned"


def next_valley(run: Run) -> None:
    """A: trained in the east of Iburi, mapped in the west; and fine-tuned on the west's train blocks, scored on its test blocks."""
    if not is_done(run, "A", ZERO_SHOT):
        west = ground(run.params, "post", run.work)
        parts = west.parts
        places = {
            "west": parts != OUTSIDE,
            "train and validation blocks": (parts == TRAIN) | (parts == VALIDATION),
            "test blocks": parts == TEST,
        }
        score(run, "A", ZERO_SHOT, _east(run), west, places)
    if not is_done(run, "A", TUNED):
        west = ground(run.params, "post", run.work)
        score(run, "A", TUNED, trained(run, "west", west, _east(run)), west, {"test blocks": west.parts == TEST})


def between_dates(run: Run) -> None:
    """C: the network of the east applied to the image of before the earthquake, where any landslide is a false alarm."""
    if not is_done(run, "C", ZERO_SHOT):
        before = ground(run.params, "pre", run.work)
        score(run, "C", ZERO_SHOT, _east(run), before, {"west, before": before.parts != OUTSIDE})


def _east(run: Run):
    return trained(run, "east", ground(run.params, "pretrain", run.work))
