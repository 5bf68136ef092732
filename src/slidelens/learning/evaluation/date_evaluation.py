"""Map a date before and after fine-tuning, score both maps and extract the landslides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from slidelens.analysis.accuracy.fragmentation import fragment_counts
from slidelens.analysis.outlines.vectorise import VectorisedLandslides
from slidelens.analysis.overlay import shapes_of
from slidelens.dataset.parts import block_px
from slidelens.dataset.prepared import Prepared
from slidelens.geo.windowed import WindowedArray
from slidelens.learning.evaluation.estimates import estimate_totals
from slidelens.learning.evaluation.scores import ScoredPrediction, Scores, score_prediction
from slidelens.learning.inference.loading import iter_networks
from slidelens.learning.mapping.landslides import extract_landslides
from slidelens.params.schema import Params


@dataclass(frozen=True)
class DateEvaluation:
    """The maps of a date and the landslides of the final one.

    Attributes:
        before: the map of the pretrained network.
        after: the map of the fine-tuned network.
        landslides: those of the map after fine-tuning, and their number before merging fragments.
    """

    before: ScoredPrediction
    after: ScoredPrediction
    landslides: VectorisedLandslides

    @property
    def scores(self) -> dict[str, Scores]:
        """Scores of both maps.

        The pretrained network has seen nothing of the area, so all of it is test ground.
        """
        return {
            "after": self.after.test,
            "before": self.before.test,
            "before_whole_area": self.before.area,
        }


def evaluate_date(
    prepared: Prepared,
    weights: Sequence[Path],
    elevation_m: WindowedArray | None,
    params: Params,
    scratch: Path,
) -> DateEvaluation:
    """Map a date with each weights file and extract the landslides of the last map.

    Args:
        prepared: prepared data of the date.
        weights: pretrained and fine-tuned weights, or one file if they are the same.
        elevation_m: (height, width), None without an elevation model.
        params: of the evaluation.
        scratch: folder for the maps of a large scene, which are needed until they are written.
    """
    scored = [
        score_prediction(prepared, metadata, network, params, scratch / str(number))
        for number, (metadata, network) in enumerate(iter_networks(weights, params))
    ]
    after = scored[-1]
    landslides = extract_landslides(
        prepared, after.mapped.probability, after.threshold, elevation_m, params.evaluate, scratch
    )
    return DateEvaluation(scored[0], after, landslides)


def landslide_totals(
    prepared: Prepared, landslides: VectorisedLandslides, params: Params
) -> dict[str, Scores]:
    """Return the number of fragments and the estimated totals of a date's landslides.

    Args:
        prepared: prepared data of the date.
        landslides: its predicted landslides.
        params: with the blocks of the split.
    """
    inventory = prepared.inventory
    manual = None if inventory is None else shapes_of(inventory.geometry.to_numpy())
    merged = shapes_of(landslides.landslides.geometry.to_numpy())
    pixel_m = prepared.scene.grid.pixel_m
    side = block_px(params.split, pixel_m, prepared.tile_px, prepared.block_px)
    return {
        "fragments": fragment_counts(landslides.pieces, merged, manual),
        "estimates": estimate_totals(prepared, landslides.landslides, side),
    }
