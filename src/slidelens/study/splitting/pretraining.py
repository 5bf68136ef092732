"""Keep the pretraining data apart from the investigation area."""

from __future__ import annotations

import logging

import geopandas as gpd
import numpy as np
from scipy.ndimage import binary_dilation

from slidelens.dataset.parts import block_numbers, margin_px
from slidelens.errors import ParamsError
from slidelens.escaping import counted
from slidelens.geo.rasterise import rasterise, rasterise_ids
from slidelens.params.schema import SplitParams
from slidelens.study.reading import RawData
from slidelens.study.splitting.blocks import split_side_px
from slidelens.study.splitting.split import split_blocks
from slidelens.study.study import PreparationTarget
from slidelens.types import Mask, UInt8

log = logging.getLogger(__name__)


def split_pretraining(
    pretrain: PreparationTarget,
    polygons: gpd.GeoDataFrame,
    investigation: PreparationTarget,
    split: SplitParams,
) -> tuple[UInt8, int]:
    """Return the (height, width) train and validation blocks of the pretraining area.

    Pixels of the investigation area are OUTSIDE. The side of a block, pixels, comes second.

    Args:
        pretrain: the pretraining target.
        polygons: its landslides.
        investigation: a date, for the investigation area.
        split: of the blocks.

    Raises:
        ParamsError: The pretraining area lies in the investigation area, or has too few blocks.
    """
    grid = pretrain.grid
    inside = rasterise([pretrain.aoi], grid)
    overlap = inside & rasterise(_investigation_area(investigation, pretrain), grid)
    if overlap.any():
        log.warning(
            "the pretraining area overlaps the investigation area; "
            "%.1f %% of it is left out of pretraining",
            100 * overlap.sum() / inside.sum(),
        )
    numbers = rasterise_ids(polygons.geometry, grid)
    inside = inside & ~overlap
    if not inside.any():
        raise ParamsError(
            f"the area of {pretrain.name} lies in the investigation area, so that nothing is left "
            f"to learn from; give an area outside ({pretrain.parameter('aoi')})"
        )
    side = split_side_px(split, grid, inside, [numbers], pretrain.tile_px)
    blocks = block_numbers(grid.shape, side)
    return split_blocks(blocks, inside, [numbers], split.validation, 0, split.seed), side


def mask_shared_landslides(
    raw: RawData, investigation: PreparationTarget, split: SplitParams
) -> Mask:
    """Return the (height, width) mask of pretraining landslides that reach the investigation area.

    A margin around them is included. Learning them would be scored in the investigation area.

    Args:
        raw: raw data of the pretraining, which is mapped.
        investigation: a date, for the investigation area.
        split: with the margin.
    """
    grid, polygons = raw.target.grid, raw.polygons
    assert polygons is not None  # open_study requires an inventory
    area = _investigation_area(investigation, raw.target).iloc[0]
    shared = polygons[polygons.intersects(area)]
    if shared.empty:
        return np.zeros(grid.shape, bool)
    log.warning(
        "%s into the investigation area, left out of pretraining",
        counted(
            len(shared),
            "landslide of the pretraining reaches",
            "landslides of the pretraining reach",
        ),
    )
    mask, margin = rasterise(shared.geometry, grid), margin_px(split, grid.pixel_m)
    return binary_dilation(mask, iterations=margin) if margin else mask


def _investigation_area(
    investigation: PreparationTarget, pretrain: PreparationTarget
) -> gpd.GeoSeries:
    """Return the investigation area in the CRS of the pretraining grid."""
    area = gpd.GeoSeries([investigation.aoi], crs=investigation.grid.crs)
    return area.to_crs(pretrain.grid.crs)
