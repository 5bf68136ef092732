"""Read the items of all pages of a STAC API's answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from slidelens.fetching.catalogues.hrefs import absolute_href, is_web

if TYPE_CHECKING:
    from pystac_client import ItemSearch
    from pystac_client.stac_api_io import StacApiIO

_MOST_EMPTY = 100  # pages without items, one after another


def read_items(io: StacApiIO, search: ItemSearch, most: int) -> list[Any]:
    """Return the items of an answer, each once, as JSON values with whole addresses of files.

    Args:
        io: What reads the pages.
        search: What is asked for.
        most: Number of items from which no further page is read.

    Raises:
        ValueError: The pages repeat without end.
    """
    found: list[Any] = []
    seen, empty, is_repeated = set[str](), 0, False
    for page in _iter_pages(io, search):
        if is_repeated:  # and yet another page follows
            raise ValueError("the pages of its answer repeat without end")
        items = page.get("features") or []
        new = {json.dumps(each, sort_keys=True): each for each in items}
        new = {text: each for text, each in new.items() if text not in seen}
        empty = 0 if items else empty + 1
        is_repeated = bool(items and not new) or empty > _MOST_EMPTY
        seen |= new.keys()
        found += map(_with_addresses, new.values())
        if len(found) >= most:
            break
    return found[:most]


def _iter_pages(io: StacApiIO, search: ItemSearch) -> Iterator[dict[str, Any]]:
    """Yield the pages; those after an empty one, too, which pystac-client does not read."""
    from pystac.link import Link

    parameters = search.get_parameters()
    page = io.read_json(search.url, method=search.method, parameters=parameters)
    while True:
        yield page
        links = page.get("links") or []
        following = next((link for link in links if link.get("rel") == "next"), None)
        if following is None:
            return
        page = io.read_json(Link.from_dict(following), parameters=parameters)


def _with_addresses(item: Any) -> Any:
    """Return an item whose files are named relative to its own address with whole addresses."""
    try:
        own = next(link["href"] for link in item["links"] if link["rel"] == "self")
        if not is_web(own):
            return item
        assets = {
            key: {**asset, "href": absolute_href(asset["href"], own)}
            for key, asset in item["assets"].items()
        }
    except (LookupError, TypeError, AttributeError, ValueError, StopIteration):
        return item  # it has no address, or is malformed, which is told later
    return {**item, "assets": assets}
