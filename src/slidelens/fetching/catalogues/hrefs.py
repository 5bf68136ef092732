"""Where the links of STAC objects lead."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit

from slidelens.redaction import redact

_OF_GDAL = "/vsi"  # start of the names of GDAL's virtual file systems


def is_web(href: str) -> bool:
    """Return whether a path or address is one of the web."""
    return urlsplit(href).scheme in ("http", "https")


def absolute_href(href: str, base: str) -> str:
    """Return the address or path that a link leads to.

    A path may hold `#`, `?` and `%`; escapes like `%20` count where it leads to nothing as it is.

    Args:
        href: The link: an address, or a path relative to the file that it stands in.
        base: Address or path of that file.
    """
    parts = urlsplit(href)
    if parts.scheme == "file" and not is_web(base):
        return unquote(parts.path)
    if parts.scheme or href.startswith(_OF_GDAL):
        return href
    if is_web(base):
        return urljoin(base, href)
    folder = Path(base).parent
    return str(folder / (href if os.path.exists(folder / href) else unquote(href)))  # noqa: PTH110


def without_secrets(href: str) -> str:
    """Return an address without user, signature and other parameters; a path as it is."""
    parts = urlsplit(href)
    if parts.scheme not in ("http", "https"):
        return redact(href)
    place = parts.netloc.rpartition("@")[2]
    return redact(urlunsplit((parts.scheme, place, parts.path, "", "")))
