"""Decide whether pixels of Sentinel-2 carry the offset of processing baseline 04.00.

From that baseline on products store reflectance × 10,000 + 1,000. Some catalogues serve them with
the 1,000 taken away again, and what their metadata say about it is not always true. So the pixels
are asked too (`carries_offset`).

- That the offset is not in the pixels is sure, and followed whatever the metadata say.
- That it is there is not followed below baseline 04.00, whose products never had it.
- Where pixels tell nothing the metadata are followed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from slidelens.fetching.images.image import Source
from slidelens.layers.sentinel2_offset import carries_offset, visible_levels

OFFSET = -1000.0  # of reflectance × 10,000
SCALE = 1e-4
_FIRST_BASELINE = 4.0
_FLAGS = ("earthsearch:boa_offset_applied", "sentinel:boa_offset_applied")


@dataclass(frozen=True)
class OffsetDecision:
    """What is added to the stored values of an item.

    Attributes:
        added: 0 or −1000, in stored units.
        metadata: What the metadata say.
        pixels: What the pixels say.
        followed: Which of the two was followed.
        agree: Whether they say the same, or one of them nothing.
    """

    added: float
    metadata: str
    pixels: str
    followed: Literal["both", "metadata", "pixels", "neither"]
    agree: bool

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return asdict(self)


def decide_offset(source: Source, dark: Mapping[str, float]) -> OffsetDecision:
    """Decide on the offset of an item by its metadata and its pixels.

    Args:
        source: The item.
        dark: Stored value below which a hundredth of the clear pixels lies, by band; empty if
            there are too few.
    """
    told, why = _by_metadata(source)
    seen, how = _by_pixels(dark)
    agree = told is None or seen is None or told == seen
    followed: Literal["both", "metadata", "pixels", "neither"] = "both"
    if told is None or seen is None:
        followed = "metadata" if told is not None else "pixels" if seen is not None else "neither"
    elif told != seen:
        old = source.baseline is not None and source.baseline < _FIRST_BASELINE
        followed = "metadata" if seen and old else "pixels"
    with_offset = seen if followed == "pixels" else told
    return OffsetDecision(_stated(source) if with_offset else 0.0, why, how, followed, agree)


def describe_doubt(source: Source, decision: OffsetDecision) -> str | None:
    """Return a line if metadata and pixels disagree, or neither tells; else None."""
    if not decision.agree:
        return (
            f"{source.name}: metadata and pixels disagree on the offset of 1000; by the metadata"
            f" {decision.metadata}, by the pixels {decision.pixels}; the {decision.followed} are"
            " followed"
        )
    if decision.followed == "neither":
        return (
            f"{source.name}: neither metadata nor pixels tell whether 1000 was added to the values;"
            " they are taken as they are"
        )
    return None


def _by_metadata(source: Source) -> tuple[bool | None, str]:
    """Return whether the pixels carry the offset, and by what."""
    flags = (source.item.properties.get(name) for name in _FLAGS)
    applied = next((flag for flag in flags if isinstance(flag, bool)), None)
    baseline, stated = source.baseline, _stated_offset(source)
    if baseline is not None and baseline < _FIRST_BASELINE:
        return False, f"it was never there (baseline {baseline:05.2f})"
    if applied:
        return False, "it is taken away (boa_offset_applied)"
    if stated is not None:
        return stated != 0, f"it is {'there' if stated else 'not there'} (raster:bands)"
    if baseline is not None:
        return True, f"it is there (baseline {baseline:05.2f})"
    return (None, "nothing") if applied is None else (True, "it is there (boa_offset_applied)")


def _by_pixels(dark: Mapping[str, float]) -> tuple[bool | None, str]:
    if not dark:
        return None, "nothing (too few are clear)"
    lowest, levels = min(dark.values()), visible_levels(dark)
    carries = carries_offset(dark)
    if carries is None:
        return None, f"nothing (dark ones are {lowest:.0f})"
    if carries:
        return True, f"it is there (dark ones are {min(levels):.0f} to {max(levels):.0f})"
    return False, f"it is not there (dark ones are {lowest:.0f})"


def _stated_offset(source: Source) -> float | None:
    """Return the offset of reflectance that the bands state, or None."""
    offsets = [band.offset for band in source.bands.values() if band.offset is not None]
    return min(offsets) if offsets else None


def _stated(source: Source) -> float:
    """Return the offset in stored units: what the bands state, or −1000."""
    stated = _stated_offset(source)
    scales = [band.scale for band in source.bands.values() if band.scale]
    return round(stated / (scales[0] if scales else SCALE)) if stated else OFFSET
