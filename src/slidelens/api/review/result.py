"""The result of a review."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd

from slidelens.api.inputs.inventories import PathLike
from slidelens.api.notebook import html_table
from slidelens.api.review.reviewer import Reviewer
from slidelens.errors import OutputError
from slidelens.escaping import counted
from slidelens.files import atomic_write, require_writable
from slidelens.geo.vectors.inventory import LAYER
from slidelens.geo.vectors.labels import CLASS, LANDSLIDE, MAPPED
from slidelens.layers.vector_formats import write_styled
from slidelens.outputs import require_geopackage
from slidelens.overwriting import refuse_overwriting
from slidelens.qgis.vector_styles import inventory_styles, label_styles

COLUMNS = ("polygons before", "m² before", "polygons after", "m² after")


@dataclass(frozen=True, repr=False, kw_only=True)
class Review:
    """What was changed in an inventory, and the labels that follow from it.

    Attributes:
        labels: A row for each polygon of which something is known, with its class and change.
        known: The ground that is known, a row a reviewer and time.
        corrected: All landslides after the review, reviewed or not.
        mapped: The ground that was mapped; None if neither inventory says it.
        changes: Polygons and areas, m², before and after, by kind of change.
        confirmed: Number of landslides that were kept and are known to be right.
        superseded: Number of earlier labels that no longer hold; None without earlier labels.
        reviewer: Who has made the changes, and when.
        inputs: Files that were read, which are not overwritten.
    """

    labels: gpd.GeoDataFrame
    known: gpd.GeoDataFrame
    corrected: gpd.GeoDataFrame
    mapped: gpd.GeoDataFrame | None
    changes: Mapping[str, tuple[int, float, int, float]]
    confirmed: int
    superseded: int | None
    reviewer: Reviewer
    inputs: tuple[Path, ...] = ()

    def to_dict(self) -> dict[str, object]:
        """Return all numbers as JSON values, those of `slidelens review`."""
        slides = self.labels[self.labels[CLASS] == LANDSLIDE]
        bare = self.labels[self.labels[CLASS] != LANDSLIDE]
        names = ("before", "before_m2", "after", "after_m2")
        return {
            "changes": {
                kind: dict(zip(names, values, strict=True)) for kind, values in self.changes.items()
            },
            "confirmed": self.confirmed,
            "labels": {
                "landslides": len(slides),
                "landslide_m2": float(slides.area.sum()),
                "not_landslide": len(bare),
                "not_landslide_m2": float(bare.area.sum()),
                "known_m2": float(self.known.union_all().area),
            },
            "corrected": {
                "landslides": len(self.corrected),
                "area_m2": float(self.corrected.area.sum()),
            },
            "superseded": self.superseded,
            "reviewed_by": self.reviewer.name,
            "reviewed_at": self.reviewer.time,
        }

    def change_rows(self) -> list[list[str]]:
        """Return a row of text for each kind of change, with the values of COLUMNS."""
        return [[kind, *(f"{value:,.0f}" for value in row)] for kind, row in self.changes.items()]

    def save(self, path: PathLike, corrected: PathLike | None = None) -> None:
        """Write the labels, and the corrected inventory if it is named: both or none.

        Args:
            path: GeoPackage of labels: the layers `landslides`, with the column `class`, and
                `mapped`, the ground that is known.
            corrected: GeoPackage of the corrected inventory: `landslides` and `mapped`.

        Raises:
            OutputError: A file cannot be written, or has been read.
        """
        outputs = [Path(path), *([] if corrected is None else [Path(corrected)])]
        require_outputs(outputs, self.inputs)
        with atomic_write(outputs[0]) as temporary:
            write_styled({LAYER: self.labels, MAPPED: self.known}, temporary, label_styles())
            if corrected is not None:
                layers = {LAYER: self.corrected}
                if self.mapped is not None:
                    layers[MAPPED] = self.mapped
                write_styled(layers, outputs[1], inventory_styles())

    def __repr__(self) -> str:
        changed = ", ".join(
            f"{max(row[0], row[2])} {kind}" for kind, row in self.changes.items() if any(row)
        )
        labels = counted(len(self.labels), "label")
        return f"<Review by {self.reviewer.name}, {self.reviewer.time}: {changed}; {labels}>"

    def _repr_html_(self) -> str:
        return html_table({kind: list(row) for kind, row in self.changes.items()}, COLUMNS)


def require_outputs(outputs: list[Path], inputs: tuple[Path, ...]) -> None:
    """Raise OutputError unless labels and a corrected inventory can be written.

    Args:
        outputs: The files to write.
        inputs: The files that are read.
    """
    for path in outputs:
        require_geopackage(path)
    if len({path.resolve() for path in outputs}) < len(outputs):
        raise OutputError(
            f"{outputs[0]} is named for the labels and for the corrected inventory; name two files"
        )
    refuse_overwriting({"inputs": list(inputs), "out": outputs})
    require_writable(*outputs)
