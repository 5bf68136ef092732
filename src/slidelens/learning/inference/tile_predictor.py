"""Predict one tile of a scene: the interface of all engines."""

from __future__ import annotations

from typing import Protocol

from slidelens.types import Float32


class TilePredictor(Protocol):
    """A network with its symmetries and calibration, as a function of one tile.

    What it returns depends on the tile, the weights, the engine and the precision alone, never on
    other tiles, threads or memory.

    Attributes:
        margin: Pixels around the core that the network needs; a multiple of the stride.
        core_side: Upper limit of the sides of a core, pixels; a multiple of the stride.
    """

    @property
    def margin(self) -> int:
        """Pixels around the core that the network needs; a multiple of the stride."""

    @property
    def core_side(self) -> int:
        """Upper limit of the sides of a core, pixels; a multiple of the stride."""

    def predict(self, pixels: Float32) -> tuple[Float32, Float32 | None]:
        """Predict the core of a tile.

        Args:
            pixels: (height + 2 · margin, width + 2 · margin, bands) standardised; 0 outside the
                scene; height and width are multiples of the stride.

        Returns:
            The (height, width) mean output over symmetries and members, not calibrated, and the
            standard deviation of the calibrated probability; None if there is one of each.
        """

    def describe(self) -> dict[str, str | int]:
        """Return what the result depends on besides the weights: engine, precision, symmetries."""
