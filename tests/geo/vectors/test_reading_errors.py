"""Archives in which GDAL finds nothing."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from slidelens.errors import InventoryError
from slidelens.geo.vectors.inventory import read_inventory


@pytest.mark.parametrize("entries", [(), ("folder/",)])
def test_an_archive_without_files_is_not_called_absent(
    tmp_path: Path, entries: tuple[str, ...]
) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for entry in entries:
            archive.writestr(entry, b"")
    with pytest.raises(InventoryError, match=r"cannot read .*a\.zip: ") as caught:
        read_inventory(path)
    assert "archive without files" in str(caught.value)
    assert "exist" not in str(caught.value)
