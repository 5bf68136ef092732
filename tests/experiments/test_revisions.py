"""Inventories of a date in revisions; DVC itself is tested with `slidelens compare --rev`."""

from __future__ import annotations

from pathlib import Path

import pytest

from slidelens.errors import InventoryError, ParamsError
from slidelens.experiments.revisions import WORKSPACE, inventories_of


def test_the_workspace_gives_a_copy_that_lasts_as_long_as_it_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    own = tmp_path / "data/maps/2013/inventory.gpkg"
    own.parent.mkdir(parents=True)
    own.write_bytes(b"landslides")
    with inventories_of("2013", [WORKSPACE]) as (first, second):
        assert first.name == "2013 of workspace.gpkg"
        assert first.read_bytes() == second.read_bytes() == b"landslides"
        assert not first.samefile(own)
    assert not first.exists()


def test_a_revision_outside_of_a_repository_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with (
        pytest.raises(InventoryError, match=r"no data/maps/2013/inventory.gpkg in main: .+; see"),
        inventories_of("2013", ["main"]),
    ):
        pass
    with (
        pytest.raises(InventoryError, match=r"there is no data/maps/2013/inventory.gpkg in "),
        inventories_of("2013", [WORKSPACE]),
    ):
        pass


def test_three_revisions_are_refused() -> None:
    with (
        pytest.raises(ParamsError, match="--rev is given 3 times; give one to compare with"),
        inventories_of("2013", ["a", "b", "c"]),
    ):
        pass
