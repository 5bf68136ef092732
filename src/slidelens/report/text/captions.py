"""Titles and captions of the figures, in the order of the report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Caption:
    """A figure's title and caption.

    Attributes:
        name: name of the figure's file, without `.png`.
        title: short title, without a full stop.
        text: caption in full sentences.
        group: the group of figures that it belongs to.
    """

    name: str
    title: str
    text: str
    group: str = ""


_STUDY, MAPS = "Study and network", "Maps by date"
_DENSITY, _ACCURACY = "Probability and density", "Training and accuracy"
_CHANGE = "Change and sizes"
_BEFORE_MAPS = (
    Caption(
        "fig1_area",
        "Figure 1. The study",
        "(a) Investigation area with its train, validation and test blocks, which are the same at "
        "every date. (b) Pretraining area with its landslides. (c) Location of both areas, and "
        "(d) position on Earth; land: Natural Earth. Below: the image of each date; black is "
        "nodata or cloud.",
        _STUDY,
    ),
    Caption(
        "fig3_network",
        "Figure 3. The network",
        "Drawn from the network as built, for one training patch. Each bar is a feature map: its "
        "height shows the image size and its width the number of channels, both on logarithmic "
        "scales. Normalisation and ReLU are not drawn. The last bar is the probability.",
        _STUDY,
    ),
)
_FRAGMENTS = Caption(
    "fig5_fragments",
    "Figure 5. Fragmented landslides",
    "The manual landslides predicted in the most fragments, selected automatically; each place is "
    "shown once. A predicted landslide counts as a fragment if the overlap is at least a tenth of "
    "the smaller outline. Fragments are counted after merging: parts of one colour form one "
    "predicted landslide. Fragmentation inflates counts and densities.",
    MAPS,
)
_PROBABILITY = Caption(
    "probability",
    "Probability of landslide",
    "Probability of each pixel, calibrated on the validation blocks. The title of each map "
    "gives the threshold in use.",
    _DENSITY,
)
_AFTER_MAPS = (
    Caption(
        "training",
        "Training and validation curves",
        "(a) Pretraining; (b, c) fine-tuning of each date. Validation losses are Tversky losses; "
        "training losses are those of learning.loss. F1 is computed on the pixels of the "
        "validation blocks at a threshold of 0.5, without test-time symmetries, so scores "
        "elsewhere are higher. A ring marks the selected epoch, that of the lowest validation "
        "loss. Curves show the weights as trained; if finetune.blend is below 1, these are then "
        "blended with the initial weights.",
        _ACCURACY,
    ),
    Caption(
        "scores",
        "Scores by date",
        "Pixels of the test blocks, before and after fine-tuning.",
        _ACCURACY,
    ),
    Caption(
        "precision_recall",
        "Precision and recall",
        "Pixels of the test blocks, for every threshold. The dot marks the threshold in use, by "
        "default the one chosen on the validation blocks. Grey lines are contours of equal F1. "
        "Average precision: the area under the curve.",
        _ACCURACY,
    ),
    Caption(
        "reliability",
        "Reliability of the probabilities",
        "Pixels of the test blocks in 15 classes of predicted probability, against the share of "
        "each class that is landslide in the manual inventory. Below the grey line the map is "
        "overconfident. Mean error: expected calibration error, weighted by pixels, most of which "
        "are clearly not landslide.",
        _ACCURACY,
    ),
    Caption(
        "landslides",
        "Effect of pretraining",
        "Mean F1 on the test blocks against the number of training landslides per date, for "
        "networks fine-tuned from the pretrained network and networks trained from random "
        "weights. Source: the table of ablations.",
        _ACCURACY,
    ),
    Caption(
        "transfer_matrix",
        "Trained on one date, tested on another",
        "F1 of every network on every date. Colour: change from the pretrained network on the "
        "same ground. Framed: a network's own date. The column pretrain shows how much of the "
        "first event fine-tuning has forgotten.",
        _ACCURACY,
    ),
    Caption(
        "timeline",
        "Landslide area by state",
        "Area of whole landslides by state at each date and, below zero, the area that has "
        "healed since the previous date. At the first date every landslide is new to the study.",
        _CHANGE,
    ),
    Caption(
        "sizes",
        "Landslide sizes",
        "Number of landslides of at least each area; both axes are logarithmic. A predicted line "
        "above the manual one on the left and below it on the right indicates fragmented "
        "landslides or small false alarms.",
        _CHANGE,
    ),
    Caption(
        "history",
        "History of one landslide",
        "The predicted landslide with the most different states, chosen where possible from those "
        "that the manual inventories confirm at each date. Dashed: its outline at dates when it "
        "has healed or is not observed.",
        _CHANGE,
    ),
)


def captions(dates: Sequence[str], folder: Path) -> Iterator[Caption]:
    """Yield the captions of the figures that exist in a folder, in the order of the report."""
    maps = (_map(date, first=date == dates[0]) for date in dates)
    density_pages = len(list(folder.glob("fig6_density*.png")))
    densities = map(_density, range(1, 1 + density_pages))
    for caption in (*_BEFORE_MAPS, *maps, _FRAGMENTS, _PROBABILITY, *densities, *_AFTER_MAPS):
        if (folder / f"{caption.name}.png").exists():
            yield caption


def _density(page: int) -> Caption:
    return Caption(
        "fig6_density" if page == 1 else f"fig6_density_{page}",
        "Figure 6. Landslide density" if page == 1 else f"Figure 6, page {page}",
        "Kernel density of the landslide centroids, on one colour scale for all dates, and the "
        "difference; red where more landslides are predicted than mapped by hand. Grey: outside "
        "the area, nodata or cloud. The search radius of each date (Table 5) smooths the peaks.",
        _DENSITY,
    )


def _map(date: str, first: bool) -> Caption:
    """Return the caption of a date's map; only the first is explained."""
    title = f"Figure 4. {date}"
    if not first:
        return Caption(f"fig4_map_{date}", title, "Inventories and agreement, as above.", MAPS)
    return Caption(
        f"fig4_map_{date}",
        title,
        "Left: manual outlines on top of predicted ones, on the image. Right: pixels in both "
        "inventories (hit), in the manual inventory only (missed) and in the predicted inventory "
        "only (false alarm). Dashed: test blocks, on which no network was trained. Below: the "
        "window with the most landslide area in the test blocks, or in the whole area if the "
        "test blocks have none, as the title then says.",
        MAPS,
    )
