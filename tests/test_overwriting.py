"""Outputs of commands that name an input, or what is no file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from slidelens.errors import OutputError
from slidelens.overwriting import refuse_overwriting, refuse_what_is_no_file


def test_outputs_that_are_inputs_are_refused(tmp_path: Path) -> None:
    inventory, raster = tmp_path / "2015.gpkg", tmp_path / "2016.tif"
    for path in (inventory, raster):
        path.write_text("")
    link = tmp_path / "link.gpkg"
    link.symlink_to(inventory)
    refused = (
        {"inventory": inventory, "out": link},
        {"inventories": [raster, inventory], "out": inventory},
        {"observed": [f"2016={raster}"], "figure": raster},
    )
    for parameters in refused:
        with pytest.raises(OutputError, match="is read and would be overwritten"):
            refuse_overwriting(parameters)
    refuse_overwriting({"inventory": inventory, "out": tmp_path / "new.gpkg"})
    refuse_overwriting({"inventory": inventory, "out": raster})


def test_a_text_after_an_equals_sign_need_not_be_a_path(tmp_path: Path) -> None:
    refuse_overwriting({"when": [f"2015={'1' * 5000}"], "out": tmp_path / "new"})


def test_the_parameters_of_a_study_are_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_text("")
    with pytest.raises(OutputError, match="is read and would be overwritten"):
        refuse_overwriting({"folder": tmp_path, "csv": tmp_path / "params.yaml"})


def test_an_output_that_is_no_file_is_refused_before_anything_is_computed(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").write_text("")
    for name in ("out", "figure", "csv"):
        for path in (tmp_path / "pipe", tmp_path):
            with pytest.raises(OutputError, match="is not replaced; name another file"):
                refuse_what_is_no_file({name: path})
        refuse_what_is_no_file({name: tmp_path / "file"})
        refuse_what_is_no_file({name: tmp_path / "new"})
    with pytest.raises(OutputError, match="not a folder"):
        refuse_what_is_no_file({"out": tmp_path / "file"}, folders=["out"])
    refuse_what_is_no_file({"inventory": tmp_path / "pipe", "out": None})


def test_an_output_that_standard_output_is_redirected_to(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    del capfd  # standard output has a file of its own
    path = Path("/proc/self/fd/1")
    if not path.exists():
        pytest.skip("this system has no /proc")
    with pytest.raises(OutputError, match="is the standard output of this command"):
        refuse_what_is_no_file({"out": path})
