"""Write a weights file as an ONNX file."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from slidelens import __version__
from slidelens.dataset.change_channels import ChangeLayout
from slidelens.dataset.standardisation import BandStatistics
from slidelens.errors import WeightsError
from slidelens.files import atomic_write
from slidelens.learning.exporting.deepness import (
    TileChoice,
    choose_tile,
    describe_for_deepness,
    tile_of,
)
from slidelens.learning.exporting.onnx_graph import Averaging, Standardisation, write_graph
from slidelens.learning.inference.loading import build_from_metadata
from slidelens.learning.inference.network_tiles import quiet_below
from slidelens.learning.inference.plans.extents import extents_of
from slidelens.learning.inference.plans.plan import plan_of
from slidelens.learning.inference.plans.tile_size import core_side_of
from slidelens.learning.inference.weights import WeightsMetadata, load_into, require_weights_of
from slidelens.learning.networks.ensemble import members_of
from slidelens.learning.networks.registry import receptive_radius
from slidelens.learning.runtime import quiet_tensorflow
from slidelens.learning.tiling.identity import weights_digest
from slidelens.study.images.channels import SLOPE, bands_to_read

if TYPE_CHECKING:
    import onnx

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class ExportChoice:
    """What a user chooses for an ONNX file.

    Attributes:
        statistics: Statistics of a scene to standardise by; None: as the weights say.
        pixel_m: Side of a pixel, metres; None: that of the weights.
        nodata: Value that stands for no data in any band; None: 0 in all bands does.
        tile_px: Side of the tiles, pixels; 0: any size; None: the best.
        symmetries: Number of symmetries; None: that of the weights.
        licence: Licence of the weights, as an SPDX expression or in words; empty if not known.
    """

    statistics: BandStatistics | None = None
    pixel_m: float | None = None
    nodata: float | None = None
    tile_px: int | None = None
    symmetries: int | None = None
    licence: str = ""


@dataclass(frozen=True)
class ExportedNetwork:
    """An ONNX file.

    Attributes:
        path: The file.
        bands: Names of the bands of its input, in order.
        standardisation: How it standardises them.
        pixel_m: Side of the pixels that it is for, metres.
        threshold: Probability from which a pixel is landslide.
        symmetries: Number of symmetries that it averages over.
        members: Number of networks that it averages over.
        tile: The tiles; None for any size.
        weights: SHA-256 of the weights file.
    """

    path: Path
    bands: tuple[str, ...]
    standardisation: str
    pixel_m: float
    threshold: float
    symmetries: int
    members: int
    tile: TileChoice | None
    weights: str

    def to_dict(self) -> dict[str, object]:
        """Return everything as plain values."""
        tile = self.tile
        return {
            "file": str(self.path),
            "bytes": self.path.stat().st_size,
            "bands": list(self.bands),
            "standardisation": self.standardisation,
            "pixel_m": self.pixel_m,
            "threshold": self.threshold,
            "symmetries": self.symmetries,
            "members": self.members,
            "tile_px": None if tile is None else tile.side_px,
            "overlap_percent": None if tile is None else tile.overlap_percent,
            "weights_sha256": self.weights,
        }


def require_exportable(metadata: WeightsMetadata, path: Path, has_scene: bool) -> None:
    """Raise WeightsError if a graph cannot hold what weights need.

    Args:
        metadata: Metadata of the weights.
        path: Their file.
        has_scene: Whether there are statistics of a scene.
    """
    if SLOPE in metadata.statistics.bands:
        raise WeightsError(
            f"{path} was trained with slope, which follows from heights and not from the image;"
            " an ONNX file cannot hold that: train without slope in study.derived"
        )
    if ChangeLayout.of(metadata.statistics.bands) is not None:
        raise WeightsError(
            f"{path} was trained with the change since an earlier image; an ONNX file takes one"
            " image: train without change in study.derived"
        )
    if metadata.uses_own_statistics and not has_scene:
        raise WeightsError(
            f"{path} standardises each image by its own statistics, which an ONNX file cannot"
            " compute from a tile; name the image with scene (--scene), whose"
            " statistics it holds then"
        )


def export_onnx(
    weights: Path, metadata: WeightsMetadata, out: Path, choice: ExportChoice
) -> ExportedNetwork:
    """Write a weights file as an ONNX file.

    Args:
        weights: The weights file.
        metadata: Its metadata.
        out: The file to write.
        choice: What the user chose.

    Raises:
        WeightsError: A graph cannot hold what the weights need, or they are damaged.
        ParamsError: The tiles do not suit the network.
        OutputError: The file cannot be written.
    """
    require_exportable(metadata, weights, choice.statistics is not None)
    how = _averaging(weights, metadata, choice)
    given = _standardisation(metadata, choice)
    around_px = how.around_px + (given.local_window_px // 2 + 1 if given.statistics is None else 0)
    tile = _tile(choice.tile_px, around_px, how)
    exported = ExportedNetwork(
        path=out,
        bands=given.bands,
        standardisation=_describe(given, choice),
        pixel_m=choice.pixel_m or metadata.pixel_m,
        threshold=metadata.threshold,
        symmetries=how.symmetries,
        members=len(how.plans),
        tile=tile,
        weights=weights_digest(weights),
    )
    model = write_graph(given, how, None if tile is None else tile.side_px)
    _add_metadata(model, exported, metadata, choice)
    with atomic_write(out) as temporary:
        temporary.write_bytes(model.SerializeToString())
    return exported


def _averaging(weights: Path, metadata: WeightsMetadata, choice: ExportChoice) -> Averaging:
    quiet_tensorflow()
    require_weights_of(metadata, weights)
    network = build_from_metadata(metadata)
    load_into(network, weights)
    plans = [plan_of(member) for member in members_of(network)]
    return Averaging(
        plans=plans,
        extents=extents_of(plans[0]),
        margin=receptive_radius(metadata.model),
        symmetries=choice.symmetries or metadata.symmetries,
        calibration=metadata.calibration,
        quiet=quiet_below(metadata.threshold),
    )


def _standardisation(metadata: WeightsMetadata, choice: ExportChoice) -> Standardisation:
    channels, window = metadata.statistics.bands, metadata.local_window_px or 0
    is_local = window > 0 and choice.statistics is None
    return Standardisation(
        bands=bands_to_read(channels, ()),
        channels=channels,
        statistics=None if is_local else choice.statistics or metadata.statistics,
        local_window_px=window if is_local else 0,
        levels=metadata.statistics,
        nodata=choice.nodata,
    )


def _tile(side_px: int | None, around_px: int, how: Averaging) -> TileChoice | None:
    if side_px == 0:
        return None
    largest_px = core_side_of(how.plans[0], how.extents, how.margin)
    tile = choose_tile(around_px, largest_px) if side_px is None else tile_of(side_px, around_px)
    if not tile.is_aligned:
        log.warning(
            "tiles of %d pixels cannot overlap by whole poolings, so that probabilities differ a"
            " little from those of a map; take tiles of %d pixels",
            tile.side_px,
            choose_tile(around_px, largest_px).side_px,
        )
    if how.extents is None:
        log.warning(
            "group normalisation makes a pixel depend on its whole tile: with other tiles than"
            " those of a map the probabilities differ"
        )
    return tile


def _describe(given: Standardisation, choice: ExportChoice) -> str:
    if given.statistics is None:
        side = given.local_window_px
        return f"by the {side} × {side} pixels around each pixel"
    return "by the training data" if choice.statistics is None else "by the scene"


def _add_metadata(
    model: onnx.ModelProto,
    exported: ExportedNetwork,
    metadata: WeightsMetadata,
    choice: ExportChoice,
) -> None:
    """Add what Deepness reads, what slidelens says of the weights, and a text for people."""
    values = describe_for_deepness(
        len(exported.bands), exported.pixel_m, exported.threshold, exported.tile
    )
    nodata = "0 in all bands" if choice.nodata is None else f"{choice.nodata:g}"
    values["slidelens"] = {
        "weights_sha256": exported.weights,
        "bands": exported.bands,
        "licence": choice.licence or None,
        "standardisation": exported.standardisation,
        "nodata": nodata,
        "symmetries": exported.symmetries,
        "members": exported.members,
        "trained_on": metadata.trained_on,
    }
    for key, value in values.items():
        model.metadata_props.add(key=key, value=json.dumps(value))
    model.producer_name, model.producer_version = "slidelens", __version__
    model.doc_string = (
        f"Landslide probability of pixels of {exported.pixel_m:g} m."
        f" Input: values of the bands {', '.join(exported.bands)} as they are in the file"
        f" (no data: {nodata}), standardised {exported.standardisation}."
        f" A pixel is landslide from {exported.threshold:g} on."
    )
