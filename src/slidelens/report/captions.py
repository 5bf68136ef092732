"""Titles and captions of the figures, in the order of the report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Caption:
    """name: of the figure's file, without .png"""

    name: str
    title: str
    text: str


_BEFORE_MAPS = (
    Caption(
        "fig1_area",
        "Figure 1. The study",
        "(a) The investigation area; its blocks are train, validation or test ground at every date alike. (b) The separate ground on which "
        "the first network was trained, with its landslides and their number. (c) Where both lie. Below: the image of each date; black is nodata or cloud.",
    ),
    Caption(
        "fig3_network",
        "Figure 3. The network",
        "Drawn from the network as it was built, for a training patch. Every bar is a feature map, as high as its image and as wide as its "
        "channels are many (logarithmic); normalisation and activation after a convolution are not drawn. The last bar is the probability.",
    ),
)
_AFTER_MAPS = (
    Caption(
        "fig5_fragments",
        "Figure 5. One landslide in pieces",
        "The manual landslides that are predicted in the most pieces, found automatically; each place is shown once. A piece shares at least a "
        "tenth of the smaller outline. Such pieces inflate counts and densities.",
    ),
    Caption(
        "fig6_density",
        "Figure 6. Landslide density",
        "Kernel density of the landslides' centroids, on one colour scale for all dates, and its difference: red where more landslides are "
        "predicted than mapped by hand. White: nodata or cloud.",
    ),
    Caption("probability", "Probability of landslide", "The network's output at every pixel, and the threshold above which it was mapped."),
    Caption(
        "training",
        "Training and validation curves",
        "(a) Pretraining, (b, c) the fine-tuning of each date. Losses are Tversky losses; F1 is that of the pixels of the validation blocks.",
    ),
    Caption(
        "precision_recall",
        "Precision and recall",
        "Pixels of the test blocks, for every threshold; the dot is the threshold in use, which was chosen on validation blocks. "
        "Grey lines join points of equal F1.",
    ),
    Caption("scores", "Scores by date", "Pixels of the test blocks, before and after fine-tuning."),
    Caption(
        "landslides",
        "What pretraining brings",
        "Mean F1 on the test blocks, for networks that are fine-tuned from the pretrained one or trained from random weights, by the number of "
        "landslides of each date that they see. From the table of ablations.",
    ),
    Caption(
        "transfer",
        "Trained on one date, tested on another",
        "F1 of every network on every ground. Colour: the change from the pretrained network on the same ground. Framed: a network's own date. "
        "The column pretrain shows what fine-tuning has forgotten of the first event.",
    ),
    Caption(
        "sizes",
        "Sizes of landslides",
        "Number of landslides of at least each area; both axes are logarithmic. A predicted line that stands higher on the left and lower on "
        "the right than the manual one tells of landslides mapped in pieces.",
    ),
    Caption(
        "timeline",
        "What became of the landslides",
        "Area by state at each date, and below zero the area that healed since the date before. At the first date everything is new to the study.",
    ),
    Caption(
        "history",
        "One landslide through the years",
        "The predicted landslide with the most different states. Dashed: where it was, at dates when it has healed or cannot be seen.",
    ),
)


def captions(dates: Sequence[str], folder: Path) -> Iterator[Caption]:
    """The captions of the figures that are in a folder."""
    for caption in (*_BEFORE_MAPS, *(_map(date) for date in dates), *_AFTER_MAPS):
        if (folder / f"{caption.name}.png").exists():
            yield caption


def _map(date: str) -> Caption:
    text = (
        "Left: manual and predicted outlines on the image. Right: pixels that both have (hit), that only the manual (missed) and that only "
    )
    return Caption(f"fig4_map_{date}", f"Figure 4. {date}", f"{text}the predicted inventory has (false alarm). Dashed: the test blocks.")
