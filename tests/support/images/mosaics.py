"""A mosaic of tiles as a scene."""

from __future__ import annotations

TILE = 32


MOSAIC = {"study__tile_px": TILE, "study__pretrain__tile_px": TILE, "study__pretrain__aoi": None}
