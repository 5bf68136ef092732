"""The result of comparing two inventories."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import geopandas as gpd
import shapely

from slidelens.analysis.accuracy.confusion import Counts
from slidelens.analysis.accuracy.fragmentation import Fragmentation
from slidelens.analysis.comparison.area_agreement import AreaAgreement
from slidelens.analysis.comparison.object_matching import Matching
from slidelens.analysis.comparison.size_agreement import (
    SizeClass,
    SizeDifference,
    recall_by_size,
)
from slidelens.api.comparison.density_difference import DensityDifference
from slidelens.api.comparison.inventory_pair import InventoryPair
from slidelens.api.comparison.layers import agreement_layer
from slidelens.api.inputs.inventories import PathLike
from slidelens.api.notebook import html_table
from slidelens.console import format_score
from slidelens.geo.grid import crs_name
from slidelens.geo.vectors.inventory import write_layers
from slidelens.outputs import require_geopackage

SCORES = ("precision", "recall", "f1", "iou")


@dataclass(frozen=True, repr=False, kw_only=True)
class Comparison:
    """Agreement of two inventories by pixel, by area, by landslide and by size.

    Attributes:
        pair: Both inventories as they were compared.
        pixels: Pixels that agree.
        pixel_m: Side of these pixels, metres.
        ground: Common ground.
        matching: Landslides that were matched one to one.
        min_iou: Intersection over union from which two landslides match.
        fragmentation: Fragments in which the landslides of one lie in the other.
        merged_counts: Counts before and after merging fragments; None if none were merged.
        density: Difference of the kernel densities.
        sizes: Difference of the size distributions.
        observed: A row per observed landslide with its match and fragments.
        predicted: The same for predicted landslides.
    """

    pair: InventoryPair
    pixels: Counts
    pixel_m: float
    ground: AreaAgreement
    matching: Matching
    min_iou: float
    fragmentation: Fragmentation
    merged_counts: dict[str, float | int | None] | None
    density: DensityDifference
    sizes: SizeDifference
    observed: gpd.GeoDataFrame
    predicted: gpd.GeoDataFrame

    @cached_property
    def agreement(self) -> gpd.GeoDataFrame:
        """Polygons of hits, misses and false alarms."""
        return agreement_layer(self.pair)

    @property
    def mapping_error(self) -> float | None:
        """Share of the ground of either that is not common; None if both are empty."""
        return self.ground.mapping_error

    @property
    def completeness_by_size(self) -> list[SizeClass]:
        """Share of the observed landslides that were found, by size class."""
        return _recall_by_size(self.observed)

    @property
    def correctness_by_size(self) -> list[SizeClass]:
        """Share of the predicted landslides that are right, by size class."""
        return _recall_by_size(self.predicted)

    def scores(self) -> dict[str, dict[str, float | None]]:
        """Return precision, recall, F1 and more by pixel, by area and by landslide."""
        counts = self.matching.counts
        landslides = {
            **counts.scores(),
            "pq": self.matching.pq,
            "min_iou": self.min_iou,
            **asdict(counts),
        }
        del landslides["iou"], landslides["true_negative"]  # meaningless for landslides
        return {
            "pixel": {**self.pixels.scores(), "pixel_m": self.pixel_m, **asdict(self.pixels)},
            "area": {**self.ground.scores(), "both_m2": self.ground.both_m2},
            "object": landslides,
        }

    def to_dict(self) -> dict[str, Any]:
        """Return all numbers as JSON values, those of `slidelens compare`."""
        pair = self.pair
        return {
            **self.scores(),
            "mapping_error": self.mapping_error,
            "why_null": self.matching.counts.why("the area") or self._why_no_pixel(),
            "count": _by_side(len(pair.observed), len(pair.predicted)),
            "area_m2": _by_side(
                float(shapely.area(pair.observed_ground).sum()),
                float(shapely.area(pair.predicted_ground).sum()),
            ),
            "density": asdict(self.density),
            "fragmentation": self.fragmentation.summary(),
            **({} if self.merged_counts is None else {"fragments": self.merged_counts}),
            "completeness_by_size": [asdict(item) for item in self.completeness_by_size],
            "correctness_by_size": [asdict(item) for item in self.correctness_by_size],
            "sizes": asdict(self.sizes),
            "crs": crs_name(pair.crs),
            "compared": pair.area_name,
            "inventories": _by_side(*pair.names),
        }

    def _why_no_pixel(self) -> str | None:
        """Return why scores by pixel are undefined although both inventories have landslides."""
        sides = {"observed": self.pixels.observed, "predicted": self.pixels.predicted}
        missing = [side for side, pixels in sides.items() if not pixels]
        if not missing:
            return None
        return (
            f"no {' and no '.join(missing)} landslide covers the centre of a pixel of "
            f"{self.pixel_m:g} m"
        )

    def save(self, path: PathLike) -> None:
        """Write a GeoPackage with the layers agreement, observed and predicted.

        Raises:
            OutputError: If the file is no GeoPackage or cannot be written.
        """
        require_geopackage(Path(path))
        layers = {
            "agreement": self.agreement,
            "observed": self.observed,
            "predicted": self.predicted,
        }
        write_layers(layers, Path(path))

    def __repr__(self) -> str:
        f1 = ", ".join(
            f"{_number(scores['f1'])} by {'landslide' if kind == 'object' else kind}"
            for kind, scores in self.scores().items()
        )
        observed, predicted = self.pair.names
        return (
            f"<Comparison of {predicted} with {observed}: F1 {f1}; "
            f"mapping error {_number(self.mapping_error)}>"
        )

    def score_rows(self) -> list[list[str]]:
        """Return a row of text by pixel, by area and by landslide, with the values of SCORES."""
        return [[kind, *map(format_score, values)] for kind, values in self._score_values().items()]

    def _score_values(self) -> dict[str, list[float | None]]:
        return {
            kind: [scores.get(name) for name in SCORES] for kind, scores in self.scores().items()
        }

    def _repr_html_(self) -> str:
        return html_table(self._score_values(), SCORES)


def _recall_by_size(landslides: gpd.GeoDataFrame) -> list[SizeClass]:
    columns = ("area_m2", "matched", "covered_share")
    return recall_by_size(*(landslides[name].to_numpy() for name in columns))


def _by_side(observed: object, predicted: object) -> dict[str, object]:
    return {"observed": observed, "predicted": predicted}


def _number(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.3f}"
