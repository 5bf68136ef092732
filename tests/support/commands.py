"""Commands as a user would type them, and what they print."""

from __future__ import annotations

import json
from typing import Any

import pytest

from slidelens import cli

Capture = pytest.CaptureFixture[str]


def printed_json(capsys: Capture, *words: object) -> Any:
    """Return the JSON that a command prints; the command must succeed and print no NaN."""
    assert cli.main([str(word) for word in words]) == 0
    return json.loads(
        capsys.readouterr().out, parse_constant=lambda name: pytest.fail(f"{name} in JSON")
    )


def refusal(capsys: Capture, *words: object) -> str:
    """Return the line that a command refuses its words with; it must print no result."""
    assert cli.main([str(word) for word in words]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    return captured.err.splitlines()[-1]
