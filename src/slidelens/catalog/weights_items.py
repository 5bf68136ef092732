"""The item of a weights file, by the STAC extension MLM (machine learning models)."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

import shapely

from slidelens.catalog.footprints import bounds, geometry
from slidelens.catalog.links import COLLECTION, FILE, MLM, STAC_VERSION, asset, item_links
from slidelens.catalog.places import Places
from slidelens.catalog.times import Period
from slidelens.learning.inference.weights import WeightsMetadata, read_weights_metadata

_ARCHITECTURES = {
    "unet": "U-Net",
    "attention_unet": "Attention U-Net",
    "resunet": "ResU-Net",
    "unet_plus_plus": "U-Net++",
}
_SHA256 = "1220"  # multihash: the function, and 32 bytes
_TASK = "semantic-segmentation"
_NOT_ALLOWED = re.compile(r"[^a-zA-Z0-9_.-]+")


def item_of_weights(name: str) -> str:
    """Return the name of the item of a weights file.

    Args:
        name: Name of the file without `.weights.h5`.
    """
    return f"weights-{name}"


def weights_item(
    name: str, path: Path, outline: shapely.Geometry, period: Period, places: Places
) -> dict[str, Any]:
    """Return the item of a weights file.

    Args:
        name: Name of the file without `.weights.h5`.
        path: The file.
        outline: The ground that the study maps, degrees.
        period: The time that it maps.
        places: Where files lie.

    Raises:
        WeightsError: The file is damaged.
    """
    metadata, item = read_weights_metadata(path), item_of_weights(name)
    untrained = "" if metadata.trained_on else ", not trained"
    target = places.place(path, f"{item}/{path.name}")
    bands = [{"name": band} for band in metadata.statistics.bands]
    model = asset(
        places,
        target,
        item,
        "Weights, without optimiser state",
        "application/x-hdf5",
        ["mlm:model", "mlm:weights"],
        **{
            "mlm:artifact_type": "tf.keras.Model.save_weights",
            "bands": bands,  # MLM wants them in the properties, STAC only if an asset has them
            "file:checksum": _SHA256 + hashlib.sha256(path.read_bytes()).hexdigest(),
        },
    )
    return {
        "type": "Feature",
        "stac_version": STAC_VERSION,
        "stac_extensions": [MLM, FILE],
        "id": item,
        "geometry": geometry(outline),
        "bbox": bounds([outline]),
        "properties": {
            **period.properties,
            "title": f"Weights {path.name}{untrained}",
            "bands": bands,
            **_model(name, metadata),
        },
        "links": item_links(item),
        "assets": {"model": model},
        "collection": COLLECTION,
    }


def _model(name: str, metadata: WeightsMetadata) -> dict[str, Any]:
    """Return what MLM says of a network."""
    architecture = metadata.model.architecture
    earlier = () if metadata.sources else metadata.trained_on[:-1]
    source = ", ".join(earlier) or None
    if metadata.adapted is not None:
        source = f"weights of SHA-256 {metadata.adapted.weights}"
    return {
        "mlm:name": _NOT_ALLOWED.sub("_", f"slidelens-{name}").strip("_.-"),
        "mlm:architecture": _ARCHITECTURES.get(architecture, architecture),
        "mlm:framework": "Keras",
        "mlm:tasks": [_TASK],
        "mlm:pretrained": source is not None,
        "mlm:pretrained_source": source,
        "mlm:accelerator": None,
        "mlm:input": [_input(metadata)],
        "mlm:output": [_output(metadata)],
        "mlm:hyperparameters": {
            "filters": metadata.filters,
            "normalisation": metadata.model.normalisation,
            "members": metadata.members,
            "symmetries": metadata.symmetries,
            "threshold": metadata.threshold,
            "pixel_m": metadata.pixel_m,
            "trained_on": list(metadata.trained_on),
        },
    }


def _input(metadata: WeightsMetadata) -> dict[str, Any]:
    statistics = metadata.statistics
    own = metadata.uses_own_statistics or metadata.local_window_px is not None
    whose = "the image itself" if own else "the training image"
    return {
        "name": "image",
        "description": f"Pixels of {metadata.described_pixels}; bands are standardised by mean"
        f" and deviation of {whose}, nodata is 0. Height and width are multiples of 16.",
        "bands": list(statistics.bands),
        "input": {
            "shape": [-1, -1, -1, len(statistics.bands)],
            "dim_order": ["batch", "height", "width", "bands"],
            "data_type": "float32",
        },
        "value_scaling": None
        if own
        else [
            {"type": "z-score", "mean": float(mean), "stddev": float(deviation)}
            for mean, deviation in zip(statistics.mean, statistics.deviation, strict=True)
        ],
        "resize_type": None,
    }


def _output(metadata: WeightsMetadata) -> dict[str, Any]:
    return {
        "name": "probability",
        "description": "Output of the network, which the calibration in the file turns into the"
        f" probability of landslide; a pixel is landslide from {metadata.threshold:.3g}.",
        "tasks": [_TASK],
        "result": {
            "shape": [-1, -1, -1, 1],
            "dim_order": ["batch", "height", "width", "channel"],
            "data_type": "float32",
        },
        "classification:classes": [],
    }
