"""Take passwords and access keys out of text before it is shown, logged or tagged."""

from __future__ import annotations

import os
import re

_HIDDEN = "…"
_USER_INFO = re.compile(r"(?<=://)(?:[^\s/:'\"@]+:[^\s'\"]*|[^\s/'\"]*)@")
_NAMED = re.compile(
    r"(?i)\b([\w-]*(?:password|passwd|secret|token|signature|credential|access_?key(?:_?id)?"
    r"|account_?key|api_?key|private_?key)|sig|pwd)"
    r"(=|%3D|['\"]\s*:\s*['\"])[^&\s'\",;]+"
)
_HEADER = re.compile(r"(?i)\b(bearer|authorization: *basic)( +)[\w.~+/=-]{8,}")
_VARIABLES = re.compile(r"(?i)password|secret|token|(access|account|api|private)_?key|credential")
_SHORTEST = 6  # characters of a variable's value; shorter ones would match ordinary words


def redact(text: str) -> str:
    """Return text without user names and passwords of addresses, keys and tokens.

    Values of environment variables whose names speak of a secret, such as
    AWS_SECRET_ACCESS_KEY or MLFLOW_TRACKING_PASSWORD, are left out too.
    """
    text = _NAMED.sub(rf"\1\2{_HIDDEN}", _USER_INFO.sub("", text))
    text = _HEADER.sub(rf"\1\2{_HIDDEN}", text)
    for name, value in os.environ.items():
        if len(value) >= _SHORTEST and value in text and _VARIABLES.search(name):
            text = text.replace(value, _HIDDEN)
    return text
