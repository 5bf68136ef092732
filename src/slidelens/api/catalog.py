"""Write a finished study as a STAC collection, with a project of QGIS."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from slidelens.api.inputs.inventories import PathLike
from slidelens.catalog.collection import WrittenCatalog, write_collection
from slidelens.catalog.study import open_finished
from slidelens.params.loading import DEFAULT_PATH, load_params
from slidelens.params.schema import Params


def write_catalog(
    folder: PathLike,
    *,
    repository: PathLike = ".",
    params: Params | None = None,
    qgis: bool = False,
    copy: bool = False,
    when: Mapping[str, str] | None = None,
) -> WrittenCatalog:
    """Write a finished study as a STAC collection.

    Each date is an item with its image, its probability, the mapped and the manual inventory and
    the scores; each weights file is an item that describes the network (extension MLM). The
    inventories are written anew, with the columns of docs/outputs.md and styles for QGIS. All
    links are relative.

    Args:
        folder: A new folder, or that of an earlier catalogue, which is replaced.
        repository: The study repository, in which all stages have run.
        params: Its parameters; by default those of its params.yaml.
        qgis: Write the project study.qgz too, with a group of layers for each date.
        copy: Copy images, maps and weights into the folder, so that it can be moved; else links
            lead to where they are.
        when: When images were taken, by label of the date, for labels that do not tell it.

    Raises:
        ParamsError: Parameters are wrong, or nothing tells when an image was taken.
        SlidelensError: A result is missing or damaged; the message tells the stage that writes it.
        OutputError: The folder holds other files, or cannot be written.
    """
    root = Path(repository)
    values = load_params(root / DEFAULT_PATH) if params is None else params
    study = open_finished(values, root, when or {})
    return write_collection(study, Path(folder), qgis=qgis, copy=copy)
