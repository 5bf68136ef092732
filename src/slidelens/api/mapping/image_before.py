"""Open the earlier image that a user names for a map."""

from __future__ import annotations

import logging
from pathlib import Path

from slidelens.api.generic import is_generic
from slidelens.api.network import Network
from slidelens.dataset.change_channels import ChangeLayout
from slidelens.errors import ParamsError
from slidelens.geo.rasters.header import read_header
from slidelens.learning.tiling.earlier_scene import EarlierScene, open_earlier
from slidelens.learning.tiling.tile_source import TileSource

log = logging.getLogger(__name__)


def open_image_before(
    source: TileSource, network: Network, before: Path | None
) -> EarlierScene | None:
    """Return the earlier image on the grid of a scene; warn if the change is missing.

    Its bands have the names of the scene's; names and nodata value that the user gives count for
    both files.

    Args:
        source: The scene.
        network: The network.
        before: The earlier image; None: there is none.

    Raises:
        ParamsError: The network does not use the change, or the image is the scene itself.
        SceneError: The image cannot be read, lacks a band, or lies elsewhere.
    """
    layout, header = ChangeLayout.of(source.channels), source.header
    if layout is None:
        if before is None:
            return None
        weights = "the generic weights do" if is_generic(network) else f"{network.path} does"
        raise ParamsError(
            f"{weights} not use the change since an earlier image; leave out before"
            f" (--before) {before}, or take weights that were trained with `change`"
            " in study.derived"
        )
    if before is None:
        log.warning(
            "%s: no earlier image (--before), so that the change that %s uses is missing",
            header.path,
            network.path.name,
        )
        return None
    if before.absolute() == header.path.absolute():
        raise ParamsError(f"before (--before) {before} is the scene itself; give an earlier image")
    earlier = read_header(before, header.options)
    log.info("comparing the brightness of %s and %s …", header.path.name, before.name)
    return open_earlier(header, earlier, source.grid, layout.bands)
