"""Figures of many dates are drawn by two processes."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from slidelens.errors import ResourceError
from slidelens.report import contents
from slidelens.report.figures.style import FigureWriter


def note_process(sheet: FigureWriter, dates: list[str]) -> None:
    """Stand in for `draw_maps`."""
    (sheet.folder / "process").write_text(f"{os.getpid()} {dates}")


def be_killed(sheet: FigureWriter, dates: list[str]) -> None:
    """Stand in for `draw_maps` where the memory ends."""
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize(("dates", "beside"), [(["1", "2", "3"], False), (list("1234"), True)])
def test_maps_of_many_dates_are_drawn_beside_the_other_figures(
    dates: list[str], beside: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    others: list[Any] = []
    monkeypatch.setattr(contents, "draw_maps", note_process)
    monkeypatch.setattr(contents, "_draw_others", lambda *given: others.append(given))
    results: Any = SimpleNamespace(dates=dates)
    contents.draw_figures(FigureWriter(tmp_path), results)
    process, drawn = (tmp_path / "process").read_text().split(" ", 1)
    assert (int(process) != os.getpid()) is beside
    assert drawn == str(dates)
    assert others == [(FigureWriter(tmp_path), results)]


def test_a_killed_process_is_told_in_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contents, "draw_maps", be_killed)
    monkeypatch.setattr(contents, "_draw_others", lambda *_: None)
    results: Any = SimpleNamespace(dates=list("1234"))
    with pytest.raises(ResourceError, match="was killed, probably for want of memory"):
        contents.draw_figures(FigureWriter(tmp_path), results)
