"""Titles and captions of the figures, in the order of the report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Caption:
    """name: of the figure's file, without .png."""

    name: str
    title: str
    text: str


_BEFORE_MAPS = (
    Caption(
        "fig1_area",
        "Figure 1. The study",
        "(a) The investigation area; its blocks are train, validation or test ground at every date alike. (b) The separate ground on which "
        "the first network was trained, with its landslides and their number. (c) Where both lie, and (d) where on Earth; land: Natural Earth. "
        "Below: the image of each date; black is nodata or cloud.",
    ),
    Caption(
        "fig3_network",
        "Figure 3. The network",
        "Drawn from the network as it was built, for a training patch. Every bar is a feature map, as high as its image and as wide as its "
        "channels are many; widths and heights are logarithmic. Normalisation and ReLU are not drawn. The last bar is the probability.",
    ),
)
_FRAGMENTS = Caption(
    "fig5_fragments",
    "Figure 5. Fragmented landslides",
    "The manual landslides that are predicted in the most pieces, found automatically; each place is shown once. A piece shares at least a "
    "tenth of the smaller outline. Pieces are counted after joining: parts of one colour are one predicted landslide. Pieces inflate counts "
    "and densities.",
)
_AFTER_MAPS = (
    Caption(
        "probability",
        "Probability of landslide",
        "Probability of each pixel, calibrated on the validation blocks. The title of each map gives the threshold in use.",
    ),
    Caption(
        "training",
        "Training and validation curves",
        "(a) Pretraining, (b, c) the fine-tuning of each date. Validation losses are Tversky losses, training losses those of learning.loss; "
        "F1 is that of the pixels of the validation blocks at a threshold of 0.5, without symmetries; scores elsewhere are higher. A "
        "ring is the epoch kept, that of lowest validation loss. The curves are of the "
        "weights as trained; those used are then blended with those at the start where finetune.blend is below 1.",
    ),
    Caption(
        "precision_recall",
        "Precision and recall",
        "Pixels of the test blocks, for every threshold; a dot is the threshold in use, by default that of validation blocks. Grey lines join "
        "points of equal F1, with its value. Average precision: the area under the curve.",
    ),
    Caption(
        "reliability",
        "Reliability of the probabilities",
        "Pixels of the test blocks in 15 classes of their probability, and the share of each that is landslide by the manual inventory; below the "
        "grey line the map is too sure. Mean error: the expected calibration error, by pixels; most of them are surely no landslide.",
    ),
    Caption("scores", "Scores by date", "Pixels of the test blocks, before and after fine-tuning."),
    Caption(
        "landslides",
        "Effect of pretraining",
        "Mean F1 on the test blocks, for networks that are fine-tuned from the pretrained one or trained from random weights, by the number of "
        "landslides of each date that they see. From the table of ablations.",
    ),
    Caption(
        "transfer_matrix",
        "Trained on one date, tested on another",
        "F1 of every network on every ground. Colour: the change from the pretrained network on the same ground. Framed: a network's own date. "
        "The column pretrain shows what fine-tuning has forgotten of the first event.",
    ),
    Caption(
        "sizes",
        "Landslide sizes",
        "Number of landslides of at least each area; both axes are logarithmic. A predicted line that stands higher on the left and lower on "
        "the right than the manual one tells of landslides mapped in pieces, or of small false alarms.",
    ),
    Caption(
        "timeline",
        "Landslide area by state",
        "Area of the landslides by their state at each date, each as a whole, and below zero the area that healed since the date before. "
        "At the first date everything is new to the study.",
    ),
    Caption(
        "history",
        "History of one landslide",
        "The predicted landslide with the most different states, of those that the manual inventories confirm at each date, where there "
        "are such. Dashed: where it was, at dates when it has healed or cannot be seen.",
    ),
)


def captions(dates: Sequence[str], folder: Path) -> Iterator[Caption]:
    """The captions of the figures that are in a folder."""
    maps, densities = (
        map(_map, dates),
        map(_density, range(1, 1 + len(list(folder.glob("fig6_density*.png"))))),
    )
    for caption in (*_BEFORE_MAPS, *maps, _FRAGMENTS, *densities, *_AFTER_MAPS):
        if (folder / f"{caption.name}.png").exists():
            yield caption


def _density(page: int) -> Caption:
    return Caption(
        "fig6_density" if page == 1 else f"fig6_density_{page}",
        "Figure 6. Landslide density" if page == 1 else f"Figure 6, page {page}",
        "Kernel density of the landslides' centroids, on one colour scale for all dates, and its difference: red where more landslides are "
        "predicted than mapped by hand. Grey: outside the area, nodata or cloud. The search radius of each date (Table 5) smooths its peaks.",
    )


def _map(date: str) -> Caption:
    return Caption(
        f"fig4_map_{date}",
        f"Figure 4. {date}",
        "Left: manual outlines above predicted ones on the image. Right: pixels that both have (hit), that only the manual (missed) and that "
        "only the predicted inventory has (false alarm). Dashed: the test blocks. Below: the place with the most landslide within test blocks, which "
        "no network was trained on; where they have none, on all ground, and the title says so.",
    )
