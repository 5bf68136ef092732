"""Say what a map is made from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slidelens import __version__
from slidelens.api.mapping.options import MapOptions
from slidelens.layers.image_date import image_date
from slidelens.layers.provenance import Provenance

if TYPE_CHECKING:
    from slidelens.api.mapping.preparation import PreparedMap


def provenance_of(
    prepared: PreparedMap, options: MapOptions, threshold: float, date: str | None = None
) -> Provenance:
    """Return what a map is made from.

    Args:
        prepared: The scene and the network.
        options: What the user chose.
        threshold: Probability from which a pixel is landslide.
        date: Date of the image; by default that of its tags or its name.
    """
    network, path = prepared.job.network, prepared.job.source.header.path
    method = (
        f"slidelens {__version__}, {network.metadata.model.architecture} of"
        f" {network.metadata.filters} filters, threshold {threshold:.3g},"
        f" fragments {'merged' if options.merge_fragments else 'kept'},"
        f" from {options.min_area_m2:g} m²"
    )
    return Provenance(path.name, network.path.name, method, date or image_date(path))
