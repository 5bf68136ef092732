"""Progress: a bar for each epoch on a terminal, a line elsewhere."""

from __future__ import annotations

import logging
import math
import sys

import pytest

from slidelens.learning.runtime import quiet_tensorflow
from slidelens.learning.training.progress import LINES, progress


def show_epoch(f1: float) -> None:
    quiet_tensorflow()
    callback = progress("2015", 4, 2)
    callback.on_epoch_begin(1)
    for step in range(2):
        callback.on_train_batch_end(step)
    callback.on_epoch_end(1, {"loss": 0.25, "val_f1": f1})


@pytest.mark.parametrize(("f1", "text"), [(0.5, "0.500"), (math.nan, "–")])
def test_a_log_gets_a_line_show_epoch(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], f1: float, text: str
) -> None:
    with caplog.at_level(logging.INFO):
        show_epoch(f1)
    assert [record.getMessage() for record in caplog.records] == [
        f"2015 epoch 2/4: loss 0.250, validation F1 {text}"
    ]


def test_a_terminal_gets_a_bar(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(LINES, raising=False)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    show_epoch(0.5)
    last = capsys.readouterr().err.rstrip().split("\r")[-1]
    assert last.startswith("2015 epoch 2/4: 100%")
    assert last.endswith("loss 0.250, validation F1 0.500]")


def test_parallel_stages_get_lines_even_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv(LINES, "lines")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    with caplog.at_level(logging.INFO):
        show_epoch(0.5)
    assert "2015 epoch 2/4" in caplog.text
    assert "%" not in capsys.readouterr().err
