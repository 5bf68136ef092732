"""The command line as a whole; each command has a test file of its own."""

from __future__ import annotations

import pytest

from slidelens import __version__, cli


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main(["--help"])
    text = capsys.readouterr().out
    assert stopped.value.code == 0
    for command in ("check", "map", "density", "sizes", "compare", "lifecycle", "dates", "table2", "sweep", "ablations", "transfer"):
        assert f"\n    {command}" in text


def test_every_command_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    for command in cli.COMMANDS:
        with pytest.raises(SystemExit) as stopped:
            cli.main([command, "--help"])
        assert stopped.value.code == 0
        assert f"usage: slidelens {command}" in capsys.readouterr().out


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["--version"])
    assert capsys.readouterr().out == f"slidelens {__version__}\n"


@pytest.mark.parametrize("argv", [[], ["mapp"], ["map", "a.tif"]])
def test_a_command_line_that_is_wrong_is_status_2(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main(argv)
    captured = capsys.readouterr()
    assert (stopped.value.code, captured.out) == (2, "")
    assert "error: " in captured.err
