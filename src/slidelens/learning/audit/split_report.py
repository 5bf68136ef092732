"""Report how the blocks and landslides of a study are divided among the parts of the split."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from slidelens.dataset.parts import (
    PART_NAMES,
    TEST,
    TRAIN,
    UNKNOWN,
    VALIDATION,
    block_numbers,
    block_px,
)
from slidelens.dataset.prepared import Prepared
from slidelens.geo.rasterise import rasterise, rasterise_ids
from slidelens.params.schema import SplitParams
from slidelens.study.reading import RawData
from slidelens.study.splitting.blocks import choose_block_m

_FEW_BLOCKS = 3  # of a part
_CUT_SHARE = 0.2  # of the landslide pixels, from which blocks are said to be small
_SMALL_PX = 16


@dataclass(frozen=True)
class PartCounts:
    """How one image is divided among the parts of the split.

    Attributes:
        name: The date, or "pretrain".
        side_px: Side of a block, pixels.
        side_m: Side of a block, metres.
        blocks: Number of blocks of each part, by its name; parts without any are left out.
        landslides: Number of landslides of each part that has blocks; None if not mapped.
        cut_share: Share of the landslide pixels that are unknown because their landslide lies in
            two parts.
        suggested_m: A side of blocks that fits the area and its landslides, metres.
        pixels: Number of validation pixels, and of all pixels of the grid.
    """

    name: str
    side_px: int
    side_m: float
    blocks: dict[str, int]
    landslides: dict[str, int] | None
    cut_share: float
    suggested_m: float
    pixels: tuple[int, int]

    @property
    def line(self) -> str:
        """The counts in one line."""
        number = sum(self.blocks.values())
        parts = ", ".join(self._part(part) for part in self.blocks)
        return f"{self.name}: {number} blocks of {self.side_m:g} m ({self.side_px} pixels): {parts}"

    def _part(self, part: str) -> str:
        known = "" if self.landslides is None else f" with {self.landslides[part]} landslides"
        return f"{part} {self.blocks[part]}{known}"


def count_parts(raw: RawData, prepared: Prepared, split: SplitParams) -> PartCounts:
    """Count the blocks and landslides of each part in an image that has been prepared."""
    grid, parts = prepared.scene.grid, prepared.split_map
    side = block_px(split, grid.pixel_m, prepared.tile_px, prepared.block_px)
    numbers = block_numbers(grid.shape, side)
    blocks = {
        PART_NAMES[part]: len(np.unique(numbers[parts == part]))
        for part in (TRAIN, VALIDATION, TEST)
        if (parts == part).any()
    }
    inventory = prepared.inventory
    landslides = None
    if inventory is not None:
        landslides = {part: int((inventory["part"] == part).sum()) for part in blocks}
    return PartCounts(
        name=raw.target.name,
        side_px=side,
        side_m=side * grid.pixel_m,
        blocks=blocks,
        landslides=landslides,
        cut_share=_cut_share(raw, prepared),
        suggested_m=_suggested_m(raw),
        pixels=(int((parts == VALIDATION).sum()), parts.size),
    )


def _cut_share(raw: RawData, prepared: Prepared) -> float:
    if raw.polygons is None:
        return 0.0
    landslide = rasterise(raw.polygons.geometry, raw.scene.grid) & raw.inside & raw.scene.valid
    unknown = landslide & (prepared.labels == UNKNOWN)
    return float(unknown.sum() / max(landslide.sum(), 1))


def _suggested_m(raw: RawData) -> float:
    grid = raw.scene.grid
    numbers = [] if raw.polygons is None else [rasterise_ids(raw.polygons.geometry, grid)]
    return choose_block_m(raw.inside, numbers, grid.pixel_m)


def split_notes(counts: PartCounts, split: SplitParams) -> Iterator[str]:
    """Yield a line for each way in which the blocks do not fit an image, with what to set."""
    name, side = counts.name, f"{counts.side_m:g} m"
    setting = f"set split.block_m to {counts.suggested_m:g}, or to null to have it chosen"
    few = [part for part, number in counts.blocks.items() if number < _FEW_BLOCKS]
    chosen = split.block_m is None
    if few and counts.suggested_m < counts.side_m and not chosen:
        held = ", ".join(f"{part} {number}" for part, number in counts.blocks.items())
        yield f"{name}: blocks of {side} are large for the area ({held}); {setting}"
    if counts.side_px < _SMALL_PX and not chosen:
        yield f"{name}: blocks of {side} have only {counts.side_px} pixels a side; {setting}"
    elif counts.cut_share > _CUT_SHARE and counts.suggested_m > counts.side_m and not chosen:
        yield (
            f"{name}: blocks of {side} cut many landslides, and {100 * counts.cut_share:.0f} % of "
            f"the landslide pixels are left out for it; {setting}"
        )
    if counts.landslides and sum(counts.landslides.values()):
        for part in (part for part, number in counts.landslides.items() if not number):
            yield f"{name}: the {part} blocks hold no landslide, {_WITHOUT[part]}"


_WITHOUT = {
    "train": "so that nothing is learnt from it",
    "validation": "so that the best epoch cannot be told",
    "test": "so that its map has no F1",
}
