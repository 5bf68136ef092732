"""Find the landslides on a finished probability map."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd

from slidelens.analysis.outlines.vectorise import vectorise
from slidelens.api.landslide_map import summarise_map
from slidelens.api.mapping.options import MapOptions
from slidelens.api.mapping.preparation import PreparedMap
from slidelens.api.mapping.provenance import provenance_of
from slidelens.geo.windowed import chunks
from slidelens.layers.elevation import HeightReader
from slidelens.layers.provenance import Provenance
from slidelens.learning.inference.thresholds import ExpectedThreshold
from slidelens.learning.mapping.landslides import fragment_joiner
from slidelens.learning.tiling.map_store import MapStore
from slidelens.params.schema import EvaluateParams


@dataclass(frozen=True)
class OutlinedMap:
    """The landslides of a map.

    Attributes:
        landslides: A row per landslide, largest first.
        threshold: Probability from which a pixel is landslide.
        mapped_km2: Area of the valid pixels.
        provenance: What the map was made from.
    """

    landslides: gpd.GeoDataFrame
    threshold: float
    mapped_km2: float
    provenance: Provenance

    def summary(self) -> dict[str, float]:
        """Return number, area, mapped area and threshold, the JSON of `slidelens map`."""
        return summarise_map(self.landslides, self.mapped_km2, self.threshold)


def outline_map(
    prepared: PreparedMap,
    store: MapStore,
    options: MapOptions,
    scratch: Path | None = None,
    date: str | None = None,
) -> OutlinedMap:
    """Choose the threshold of a finished map, and outline its landslides.

    Args:
        prepared: The scene and the network.
        store: The finished map.
        options: What the user chose.
        scratch: Folder for temporary files.
        date: Date of the image; by default that of its tags or its name.
    """
    grid, metadata = prepared.grid, prepared.job.network.metadata
    threshold = _choose_threshold(store, options, metadata.threshold)
    probability, valid = store.layers["probability"], store.layers["valid"]
    heights = None if options.dem is None else HeightReader(options.dem, grid)
    join = (
        fragment_joiner(EvaluateParams(), grid, probability, threshold, heights)
        if options.merge_fragments
        else None
    )
    outlines = vectorise(
        probability, valid, grid, threshold, options.min_area_m2, join=join, scratch=scratch
    )
    pixels = sum(summary.mapped for summary in store.summaries)
    return OutlinedMap(
        outlines.landslides,
        threshold,
        float(pixels * grid.pixel_area_m2 / 1e6),
        provenance_of(prepared, options, threshold, date),
    )


def _choose_threshold(store: MapStore, options: MapOptions, trained: float) -> float:
    if options.threshold is None:
        return trained
    if not isinstance(options.threshold, str):
        return options.threshold
    expected = ExpectedThreshold()
    for part in chunks(store.shape):
        probability, valid = (store.layers[name].read(part) for name in ("probability", "valid"))
        expected.add(probability[valid])
    return expected.choose()
