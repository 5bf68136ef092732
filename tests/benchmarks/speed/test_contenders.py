"""The tools compared, and the environment of the others."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks.speed.contenders import Inputs, contenders
from benchmarks.speed.environment import VARIABLE, packages, peers_python, versions
from slidelens.errors import SlidelensError

PEERS = Path("/peers/python")
INPUTS = Inputs(Path("one.h5"), Path("torch.pt"), Path("s.json"), PEERS)


def test_each_tool_runs_in_its_environment_and_leaves_its_raster_in_the_folder() -> None:
    for one in contenders(("abc", Path("/old/src")), {"small": "--window 512"}):
        words = one.command(Path("scene.tif"), Path("out"), INPUTS)
        assert words[0] == (str(PEERS) if one.is_peer else sys.executable)
        assert Path("scene.tif") in words
        assert one.result(Path("out")).is_relative_to("out")
        assert (INPUTS.torch_weights in words) == one.is_peer


def test_an_earlier_version_and_variants_are_this_command_with_other_code_or_options() -> None:
    now, small, before, *_ = contenders(("abc", Path("/old/src")), {"small": "--window 512"})
    words = now.command(Path("scene.tif"), Path("out"), INPUTS)
    assert small.command(Path("scene.tif"), Path("out"), INPUTS) == [*words, "--window", "512"]
    assert before.command(Path("scene.tif"), Path("out"), INPUTS) == words
    assert before.variables == {"PYTHONPATH": "/old/src"}
    assert "slidelens at abc" not in [one.name for one in contenders(None, {})]


def test_the_extra_holds_the_other_tools_and_not_slidelens() -> None:
    assert any(name.startswith("geoai") for name in packages())
    assert not any(name.startswith("slidelens") for name in packages())


def test_the_variable_names_the_interpreter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, sys.executable)
    assert peers_python(tmp_path) == Path(sys.executable)
    monkeypatch.setenv(VARIABLE, str(tmp_path / "none"))
    with pytest.raises(SlidelensError, match="does not exist; unset it"):
        peers_python(tmp_path)


def test_versions_of_packages_that_are_not_installed_are_left_out() -> None:
    assert versions(Path(sys.executable), ["no-such-package", "pytest"]).startswith("pytest ")
