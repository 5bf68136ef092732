"""Fit size–frequency distributions to inventories."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from slidelens.analysis.inventory import size_frequency
from slidelens.analysis.inventory.size_frequency import SizeFrequency
from slidelens.api.inputs.inventories import (
    InventoryLike,
    PathLike,
    load_for_areas,
    require_bootstrap,
)
from slidelens.api.notebook import html_list
from slidelens.errors import InventoryError, ParamsError
from slidelens.escaping import counted
from slidelens.outputs import require_png
from slidelens.types import Float64

log = logging.getLogger(__name__)

SLIVER_M2 = 1.0


@dataclass(frozen=True, repr=False)
class SizeFit:
    """Size–frequency statistics of an inventory.

    Attributes:
        areas_m2: (n,) areas of the landslides, m².
        fits: Fitted distributions, their intervals and reliability.
        name: Name of the inventory.
        location: Path of the inventory, or its name again.
    """

    areas_m2: Float64
    fits: SizeFrequency
    name: str
    location: str

    def to_dict(self) -> dict[str, object]:
        """Return all numbers as JSON values, those of `slidelens sizes`."""
        return self.fits.summary()

    def plot(self, path: PathLike) -> None:
        """Draw densities and exceedance counts with the fits, log–log, as a PNG.

        Raises:
            InventoryError: If there is no landslide.
            OutputError: If the file is no PNG by its name or cannot be written.
        """
        from slidelens.report.size_frequency import draw_sizes

        require_png(Path(path))
        if not len(self.areas_m2):
            raise InventoryError(
                f"{self.location} has no landslide to draw; leave the figure out (--figure)"
            )
        draw_sizes(self.areas_m2, self.fits, self.name, Path(path))

    def __repr__(self) -> str:
        law = self.fits.tail.fit
        tail = (
            "no power law" if law is None else f"power law {law.alpha:.3f} ± {law.alpha_error:.3f}"
        )
        return f"<SizeFit {self.name}: {counted(len(self.areas_m2), 'landslide')}, {tail}>"

    def _repr_html_(self) -> str:
        law = self.fits.tail.fit
        return html_list(
            {
                "landslides": len(self.areas_m2),
                "total area (m²)": float(self.areas_m2.sum()),
                "power law exponent": None if law is None else law.alpha,
                "its standard error": None if law is None else law.alpha_error,
            }
        )


def fit_sizes(
    inventory: InventoryLike,
    *,
    min_area_m2: float | None = None,
    bootstrap: int = 200,
    seed: int = 0,
) -> SizeFit:
    """Fit a power law, an inverse gamma and a double Pareto distribution to landslide areas.

    Args:
        inventory: Polygons, one per landslide.
        min_area_m2: Smallest mapped area; smaller landslides are left out. By default the
            smallest in the inventory.
        bootstrap: Number of resampled inventories for intervals and tests, at least 10; 0 for none.
        seed: Seed of the resampling.

    Raises:
        InventoryError: If the inventory cannot be read.
        ParamsError: If an option is out of range.
    """
    require_bootstrap(bootstrap)
    if not 0 <= seed < 2**32:
        raise ParamsError(f"seed (--seed) is {seed}; give a whole number from 0 to 2³² − 1")
    if min_area_m2 is not None and not (np.isfinite(min_area_m2) and min_area_m2 > 0):
        raise ParamsError(f"min_area_m2 (--min-area-m2) is {min_area_m2:g}; give an area over 0 m²")
    landslides = load_for_areas(inventory, "inventory")
    least_m2 = SLIVER_M2 if min_area_m2 is None else min_area_m2
    areas_m2 = _drop_small(np.asarray(landslides.frame.area), least_m2, landslides.name)
    fits = size_frequency.fit_sizes(areas_m2, min_area_m2, bootstrap, seed)
    _warn_of_unreliable(fits, landslides.name)
    return SizeFit(areas_m2, fits, landslides.name, landslides.location)


def _drop_small(areas_m2: Float64, least_m2: float, name: str) -> Float64:
    small = areas_m2 < least_m2
    if small.any():
        of_all = f"of {len(areas_m2)} polygons"
        log.warning(
            "%s under %g m² and left out",
            f"{name}: {counted(int(small.sum()), f'{of_all} is', f'{of_all} are')}",
            least_m2,
        )
    return areas_m2[~small]


def _warn_of_unreliable(fits: SizeFrequency, name: str) -> None:
    for law, fit in (
        ("power law", fits.tail),
        ("inverse gamma", fits.inverse_gamma),
        ("double Pareto", fits.double_pareto),
    ):
        if fit.why:
            log.warning("%s: the %s is not reliable: %s", name, law, "; ".join(fit.why))
