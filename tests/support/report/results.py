"""Values of the kinds that the report shows, without files."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import shapely

from slidelens.dataset.standardisation import BandStatistics
from slidelens.learning.inference.weights import WeightsMetadata
from slidelens.params.schema import ModelParams
from slidelens.report.results import DateResults
from slidelens.types import Mask
from support.learning.trainings import pretrained_metadata
from support.studies import BANDS, PIXEL_M, UTM, grid_of

GRID = grid_of(40, 40)
MAILUNG = grid_of(120, 130, 50, 322_600, 3_113_200)  # in the area of Bhuyan et al. (2023)
STATISTICS = BandStatistics(BANDS, (800.0, 700.0, 3000.0), (1.0, 1.0, 1.0), 100)


def date_results(
    manual: Sequence[shapely.Geometry] | None,
    predicted: Sequence[shapely.Geometry],
    valid: Mask | None = None,
) -> DateResults:
    """Return a date of 40 × 40 pixels of grey ground, all in train blocks, without densities."""
    ones = np.ones(GRID.shape, np.uint8)
    return DateResults(
        date="2013",
        grid=GRID,
        image=np.full((*GRID.shape, 3), 100, np.uint8),
        split_map=ones,
        labels=ones.copy(),
        probability=ones.astype(np.float32),
        valid=np.ones(GRID.shape, bool) if valid is None else valid,
        manual=None if manual is None else gpd.GeoDataFrame(geometry=list(manual), crs=UTM),
        predicted=gpd.GeoDataFrame(geometry=list(predicted), crs=UTM),
        densities={},
        scores={},
    )


def weights_metadata(model: ModelParams, filters: int = 4) -> WeightsMetadata:
    """Return the metadata of a pretrained network."""
    return pretrained_metadata(STATISTICS, model=model, filters=filters, pixel_m=PIXEL_M)
