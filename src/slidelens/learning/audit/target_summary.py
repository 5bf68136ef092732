"""Describe what one image of a study holds, as text."""

from __future__ import annotations

from dataclasses import dataclass

from slidelens.geo.grid import crs_name
from slidelens.learning.audit.landslide_notes import describe_landslides
from slidelens.study.reading import RawData
from slidelens.study.study import PreparationTarget


@dataclass(frozen=True)
class TargetSummary:
    """What one image of a study holds, as text.

    Attributes:
        name: The date, or "pretrain".
        scene: File, size, type and CRS.
        grid: The grid that it is resampled to.
        area: Size of the area.
        seen: Share of the area with valid pixels.
        landslides: Number and areas of the landslides.
    """

    name: str
    scene: str
    grid: str
    area: str
    seen: str
    landslides: str

    @property
    def line(self) -> str:
        """The summary in one line."""
        return (
            f"{self.name}: {self.scene} → {self.grid}; area {self.area}, {self.seen} seen; "
            f"{self.landslides}"
        )


def summarise_target(raw: RawData) -> TargetSummary:
    """Return what a target that has been read holds."""
    grid = raw.scene.grid
    area_km2 = raw.inside.sum() * grid.pixel_area_m2 / 1e6
    return TargetSummary(
        name=raw.target.name,
        scene=_source(raw.target),
        grid=grid.describe(),
        area=f"{area_km2:.1f} km²",
        seen=f"{100 * raw.valid_share:.0f} %",
        landslides=describe_landslides(raw),
    )


def _source(target: PreparationTarget) -> str:
    header = target.header
    size = f"{header.grid.height} × {header.grid.width}"
    return f"{header.path.name} {size} {header.dtype} {crs_name(header.grid.crs)}"
