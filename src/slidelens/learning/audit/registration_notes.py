"""Measure how the dates of a study and their inventories lie beside each other."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

from slidelens.analysis.registration.images import (
    EdgeSample,
    choose_windows,
    image_shift,
    sample_edges,
)
from slidelens.analysis.registration.outlines import outline_shift
from slidelens.analysis.registration.shift import Shift
from slidelens.dataset.change_channels import read_without_change
from slidelens.geo.rasters.scene import Scene
from slidelens.geo.windowed import Part
from slidelens.study.images.registration import training_ground
from slidelens.study.study import is_source
from slidelens.types import Shapes, UInt8

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class MeasuredShifts:
    """The shifts of a date or of a source of pretraining.

    Attributes:
        scene: How far its scene lies from that of the reference date; None: not to be told, the
            reference itself, or a source.
        inventory: How far its outlines lie from the edges in its scene; None: not to be told.
        is_mapped: Whether it has an inventory.
        is_reference: Whether it is the reference date.
    """

    scene: Shift | None
    inventory: Shift | None
    is_mapped: bool = True
    is_reference: bool = False


@dataclass
class RegistrationMeasurement:
    """Takes dates one by one, and keeps no more of them than the edges in some windows.

    Attributes:
        reference: The reference date.
    """

    reference: str
    _edges: dict[str, EdgeSample] = field(default_factory=dict, init=False)
    _inventories: dict[str, Shift | None] = field(default_factory=dict, init=False)
    _mapped: set[str] = field(default_factory=set, init=False)
    _windows: list[Part] | None = field(default=None, init=False)

    def add(
        self,
        name: str,
        scene: Scene,
        split_map: UInt8,
        outlines: Shapes | None,
        tile_px: int | None = None,
    ) -> None:
        """Sample a date or a source of pretraining; only pixels of train blocks are used.

        Args:
            name: Of the target.
            scene: Its scene; those of all dates are on one grid.
            split_map: (height, width) part of each pixel.
            outlines: Landslides in the CRS of the scene's grid; None without an inventory.
            tile_px: Side of the tiles of a mosaic; None for an image.
        """
        ground, read = training_ground(split_map, tile_px), read_without_change(scene)
        if not is_source(name) and not tile_px:
            if self._windows is None:
                self._windows = choose_windows(ground)
            self._edges[name] = sample_edges(read, ground & scene.valid, self._windows)
        self._inventories[name] = None
        if outlines is not None:
            self._mapped.add(name)
            self._inventories[name] = outline_shift(
                read, list(outlines), scene.grid, ground & scene.valid
            )

    def results(self) -> dict[str, MeasuredShifts]:
        """Return the shifts of each target."""
        reference = self._edges.get(self.reference)
        return {
            name: MeasuredShifts(
                scene=image_shift(reference, self._edges[name])
                if reference is not None and name in self._edges and name != self.reference
                else None,
                inventory=inventory,
                is_mapped=name in self._mapped,
                is_reference=name == self.reference,
            )
            for name, inventory in self._inventories.items()
        }


def note_shifts(measurement: RegistrationMeasurement, register: str) -> None:
    """Log a line for each shift of half a pixel or more.

    Args:
        measurement: Of all targets.
        register: `study.register`.
    """
    reference = measurement.reference
    remedy = "set study.register to translation, or " if register == "none" else ""
    for name, shifts in measurement.results().items():
        if shifts.scene is not None and shifts.scene.is_notable:
            log.warning(
                "the scene of %s lies %s of that of %s, and ground seems to change along every "
                "edge; %swarp it",
                name,
                shifts.scene.describe(),
                reference,
                remedy,
            )
        if shifts.inventory is not None and shifts.inventory.is_notable:
            log.warning(
                "the outlines of %s lie %s of the edges in its scene, and labels are wrong along "
                "them; %smove them",
                name,
                shifts.inventory.describe(),
                remedy,
            )
