"""slidelens: a landslide inventory for every date of a satellite image series.

The names below are imported when they are first used, so that `import slidelens` is instant.
"""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from slidelens import errors
    from slidelens.analysis.lifecycle.rules import LifecycleRules
    from slidelens.analysis.outlines.fragment_rules import FragmentRules
    from slidelens.api.adaptation.adapt import adapt
    from slidelens.api.adaptation.result import Adaptation
    from slidelens.api.catalog import write_catalog
    from slidelens.api.comparison.compare import compare
    from slidelens.api.comparison.result import Comparison
    from slidelens.api.density import DensityMap, kernel_density
    from slidelens.api.exporting import export_network
    from slidelens.api.fetching import FetchedStudy, fetch
    from slidelens.api.generic import generic_weights
    from slidelens.api.histories import Histories, trace_landslides
    from slidelens.api.importing import ImportedData, import_dataset
    from slidelens.api.landslide_map import LandslideMap
    from slidelens.api.mapping.folder_map import map_to_folder
    from slidelens.api.mapping.options import MapOptions
    from slidelens.api.mapping.outlining import OutlinedMap
    from slidelens.api.mapping.scene_map import map_scene
    from slidelens.api.network import Network, load_weights
    from slidelens.api.registry.registering import Registered, register_weights
    from slidelens.api.review.result import Review
    from slidelens.api.review.review import review
    from slidelens.api.revision import RevisedProbabilities, revise_probabilities
    from slidelens.api.scene import SceneFile, open_scene
    from slidelens.api.sizes import SizeFit, fit_sizes
    from slidelens.catalog.collection import WrittenCatalog
    from slidelens.geo.vectors.inventory import read_inventory
    from slidelens.learning.exporting.onnx_export import ExportedNetwork

__version__ = "0.1.0"

__all__ = [
    "Adaptation",
    "Comparison",
    "DensityMap",
    "ExportedNetwork",
    "FetchedStudy",
    "FragmentRules",
    "Histories",
    "ImportedData",
    "LandslideMap",
    "LifecycleRules",
    "MapOptions",
    "Network",
    "OutlinedMap",
    "Registered",
    "Review",
    "RevisedProbabilities",
    "SceneFile",
    "SizeFit",
    "WrittenCatalog",
    "__version__",
    "adapt",
    "compare",
    "errors",
    "export_network",
    "fetch",
    "fit_sizes",
    "generic_weights",
    "import_dataset",
    "kernel_density",
    "load_weights",
    "map_scene",
    "map_to_folder",
    "open_scene",
    "read_inventory",
    "register_weights",
    "review",
    "revise_probabilities",
    "trace_landslides",
    "write_catalog",
]

_MODULES = {
    "Adaptation": "slidelens.api.adaptation.result",
    "Comparison": "slidelens.api.comparison.result",
    "DensityMap": "slidelens.api.density",
    "ExportedNetwork": "slidelens.learning.exporting.onnx_export",
    "FetchedStudy": "slidelens.api.fetching",
    "FragmentRules": "slidelens.analysis.outlines.fragment_rules",
    "Histories": "slidelens.api.histories",
    "ImportedData": "slidelens.api.importing",
    "LandslideMap": "slidelens.api.landslide_map",
    "LifecycleRules": "slidelens.analysis.lifecycle.rules",
    "MapOptions": "slidelens.api.mapping.options",
    "Network": "slidelens.api.network",
    "OutlinedMap": "slidelens.api.mapping.outlining",
    "Registered": "slidelens.api.registry.registering",
    "Review": "slidelens.api.review.result",
    "RevisedProbabilities": "slidelens.api.revision",
    "SceneFile": "slidelens.api.scene",
    "SizeFit": "slidelens.api.sizes",
    "WrittenCatalog": "slidelens.catalog.collection",
    "adapt": "slidelens.api.adaptation.adapt",
    "compare": "slidelens.api.comparison.compare",
    "export_network": "slidelens.api.exporting",
    "fetch": "slidelens.api.fetching",
    "fit_sizes": "slidelens.api.sizes",
    "generic_weights": "slidelens.api.generic",
    "import_dataset": "slidelens.api.importing",
    "kernel_density": "slidelens.api.density",
    "load_weights": "slidelens.api.network",
    "map_scene": "slidelens.api.mapping.scene_map",
    "map_to_folder": "slidelens.api.mapping.folder_map",
    "open_scene": "slidelens.api.scene",
    "read_inventory": "slidelens.geo.vectors.inventory",
    "register_weights": "slidelens.api.registry.registering",
    "review": "slidelens.api.review.review",
    "revise_probabilities": "slidelens.api.revision",
    "trace_landslides": "slidelens.api.histories",
    "write_catalog": "slidelens.api.catalog",
}


_PROJ_VARIABLES = ("PROJ_DATA", "PROJ_LIB")


def _ignore_foreign_proj() -> None:
    """Take away variables that would lead GDAL and PROJ to the database of another program.

    QGIS, PostGIS and conda set them; a database of another version is no use, and the wheels bring
    their own. Where one of them does not, the variables stay. Child processes inherit the change.
    """
    import importlib.util
    from pathlib import Path

    for package, data in (
        ("pyogrio", "proj_data"),
        ("pyproj", "proj_dir/share/proj"),
        ("rasterio", "proj_data"),
    ):
        spec = importlib.util.find_spec(package)
        folders = (spec.submodule_search_locations or ()) if spec else ()
        if not any((Path(folder) / data / "proj.db").is_file() for folder in folders):
            return
    for name in _PROJ_VARIABLES:
        os.environ.pop(name, None)


if any(name in os.environ for name in _PROJ_VARIABLES):
    _ignore_foreign_proj()


def __getattr__(name: str) -> object:
    """Import a public name when it is first used (PEP 562)."""
    if name == "errors":
        return importlib.import_module("slidelens.errors")
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_MODULES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the public names, imported or not."""
    return sorted(__all__)
