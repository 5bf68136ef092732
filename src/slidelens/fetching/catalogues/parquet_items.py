"""Find the items of a stac-geoparquet file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from slidelens.errors import SceneError
from slidelens.fetching.catalogues.item_checks import parse_items
from slidelens.fetching.catalogues.items import within
from slidelens.fetching.request import Window
from slidelens.fetching.retrying import reason_of
from slidelens.geo.grid import Bounds

if TYPE_CHECKING:
    import pystac


class ParquetCatalogue:
    """The items of a stac-geoparquet file; rows of other collections and places are not read."""

    def __init__(self, path: Path) -> None:
        """Name the file, which is read when it is searched."""
        self._path = path

    def search(self, collection: str, bounds: Bounds, window: Window | None) -> list[pystac.Item]:
        """Return items that lie in a place and a time.

        Raises:
            SceneError: The file cannot be read.
        """
        import pyarrow.parquet
        from stac_geoparquet.arrow import stac_table_to_items

        try:
            names = pyarrow.parquet.read_schema(self._path).names
            table = pyarrow.parquet.read_table(self._path, filters=_filters(names, collection))
            values = [_plain(each) for each in stac_table_to_items(table)]
        except Exception as error:  # pyarrow and stac_geoparquet raise whatever they come upon
            if isinstance(error, MemoryError | ImportError):
                raise
            raise SceneError(
                f"cannot read {self._path}: {reason_of(error)}; is it stac-geoparquet?"
            ) from error
        items = parse_items(values, str(self._path.resolve()), collection)
        return within(items, collection, bounds, window)


def _filters(names: list[str], collection: str) -> list[tuple[str, str, str]] | None:
    return [("collection", "==", collection)] if "collection" in names else None


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """Return an item without the fields that only other items of the table have."""
    plain: dict[str, Any] = json.loads(json.dumps(values, default=str))
    plain["assets"] = {key: value for key, value in plain["assets"].items() if value}
    return plain
