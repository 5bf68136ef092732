"""Find the items of a STAC catalogue: an API, a static catalogue, or a stac-geoparquet file."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from slidelens.errors import ParamsError, SceneError
from slidelens.escaping import one_line
from slidelens.fetching.catalogues.hrefs import absolute_href, is_web
from slidelens.fetching.catalogues.item_checks import collection_of, parse_items
from slidelens.fetching.catalogues.items import within
from slidelens.fetching.catalogues.paging import read_items
from slidelens.fetching.request import Window
from slidelens.fetching.retrying import is_gone, patiently, reason_of
from slidelens.geo.grid import Bounds
from slidelens.redaction import redact
from slidelens.resources import require_readable_file

if TYPE_CHECKING:
    import pystac
    from pystac_client.stac_api_io import StacApiIO

log = logging.getLogger(__name__)

_ENTRANCES = ("catalog.json", "collection.json")
_TIMEOUT_S = 60
MOST_ITEMS = 5000  # of a window
_MOST_NAMED = 5  # collections in a message


class NoCollectionError(SceneError):
    """A catalogue lacks a collection."""


class Catalogue(Protocol):
    """Where images are found."""

    def search(self, collection: str, bounds: Bounds, window: Window | None) -> list[pystac.Item]:
        """Return the items whose footprints reach into a place, in no order.

        Args:
            collection: Id of their collection.
            bounds: West, south, east and north of the place, degrees.
            window: The time; None for all.
        """


def open_catalogue(place: str | Path) -> Catalogue:
    """Return the catalogue at an address or path.

    Args:
        place: Address of an API or of a static catalogue; folder with catalog.json or
            collection.json; JSON file of a catalogue, collection, or list of items; or
            stac-geoparquet file.

    Raises:
        ParamsError: There is no such file.
        SceneError: It cannot be read, or is no catalogue.
    """
    text = str(place)
    if is_web(text):
        return _open_address(text)
    path = Path(text)
    entrance = next((path / name for name in _ENTRANCES if (path / name).is_file()), path)
    if not entrance.is_file():
        missing = "holds no catalog.json" if path.is_dir() else "is neither a file nor an address"
        raise ParamsError(
            f"{text} (--catalog) {missing}; give the address of a STAC API, a folder with"
            " catalog.json, or a stac-geoparquet file"
        )
    if entrance.suffix.lower() in (".parquet", ".geoparquet"):
        from slidelens.fetching.catalogues.parquet_items import ParquetCatalogue

        return ParquetCatalogue(entrance)
    return _StaticCatalogue(str(entrance.resolve()), text)


def _open_address(address: str) -> Catalogue:
    """Return the API or static catalogue at an address."""
    with _described(address):
        values = patiently(partial(_read_json, address), f"the catalogue {address}")
        if not isinstance(values, dict) or values.get("links") is None:
            raise ValueError("its answer is no STAC object")
        if not _links(values, address, ("search",)):
            return _StaticCatalogue(address, address)
        searches = [each for each in values["links"] if each.get("rel") == "search"]
        posts = any(str(each.get("method")).upper() == "POST" for each in searches)
        return _Api(address, "POST" if posts else "GET")


def _read_json(href: str) -> Any:
    return _stac_io().read_json(href)


def _stac_io() -> StacApiIO:
    from pystac_client.stac_api_io import StacApiIO

    return StacApiIO(timeout=_TIMEOUT_S, max_retries=0)


@contextmanager
def _described(place: str) -> Iterator[None]:
    """Raise SceneError where a catalogue cannot be read; what strangers wrote fails in all ways."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of pystac_client, about what an API does not promise
            yield
    except (SceneError, ParamsError, ModuleNotFoundError, MemoryError):
        raise
    except Exception as error:
        where = "check the address (--catalog), or try again later"
        remedy = where if is_web(place) else "check the path (--catalog)"
        raise SceneError(
            f"cannot read the catalogue {redact(place)}: {reason_of(error)}; {remedy}"
        ) from error


class _Api:
    """A STAC API, which searches itself."""

    def __init__(self, address: str, method: Literal["GET", "POST"]) -> None:
        """Describe it.

        Args:
            address: Its address.
            method: How it is asked; every API takes GET.
        """
        self._address, self._method = address, method

    def search(self, collection: str, bounds: Bounds, window: Window | None) -> list[pystac.Item]:
        from pystac_client import Client

        def search() -> list[pystac.Item]:
            io = _stac_io()
            client = Client.open(self._address, stac_io=io)
            client.add_conforms_to("ITEM_SEARCH")  # it has a link to its search
            found = client.search(
                collections=[collection],
                bbox=bounds,
                datetime=None if window is None else window.interval,
                method=self._method,
            )
            return parse_items(read_items(io, found, MOST_ITEMS + 1), self._address)

        with _described(self._address):
            items = patiently(search, f"the search in {self._address}")
        if len(items) > MOST_ITEMS:
            raise SceneError(
                f"the catalogue has more than {MOST_ITEMS} images of {collection} here; narrow the"
                " window (--dates) or the area"
            )
        return within(items, collection, bounds, window)


class _StaticCatalogue:
    """A catalogue, collection or list of items in files, or in files behind an address."""

    def __init__(self, href: str, place: str) -> None:
        self._href, self._place = href, place
        self._items: dict[str, list[pystac.Item]] = {}

    def search(self, collection: str, bounds: Bounds, window: Window | None) -> list[pystac.Item]:
        if collection not in self._items:
            with _described(self._place):
                self._items[collection] = _items_below(self._href, collection)
        return within(self._items[collection], collection, bounds, window)


def _items_below(entrance: str, collection: str) -> list[pystac.Item]:
    """Return the items of a collection below a catalogue.

    Raises:
        NoCollectionError: There are none.
        SceneError: All of them are malformed.
    """
    items: list[pystac.Item] = []
    others = set[str]()
    malformed: SceneError | None = None
    for values, href in _walk(entrance, collection, others):
        try:
            items += parse_items(values, href, collection)
        except SceneError as error:
            malformed = malformed or error
        others |= {each for each in map(collection_of, values) if each is not None}
    if malformed and not items:
        raise malformed
    if not items:
        raise NoCollectionError(_without(collection, sorted(others - {collection}), entrance))
    return items


def _without(collection: str, others: Sequence[str], entrance: str) -> str:
    """Return that a catalogue has no images of a collection, and which collections it has."""
    if others:
        named = ", ".join(one_line(each) for each in others[:_MOST_NAMED])
        more = " …" if len(others) > _MOST_NAMED else ""
        return f"the catalogue has no collection {collection}; its collections are {named}{more}"
    return (
        f"no image in {redact(entrance)} belongs to a STAC collection; is it a STAC catalogue"
        " (--catalog)?"
    )


def _walk(entrance: str, collection: str, others: set[str]) -> Iterator[tuple[list[Any], str]]:
    """Yield the items in each file below a catalogue as JSON values, and the file.

    They come in the order of the links; other collections are skipped.

    Args:
        entrance: Path or address of a catalogue, collection, or list of items.
        collection: Id of the collection of the items.
        others: Takes the ids of collections that are skipped.
    """
    seen, waiting = set[str](), [entrance]
    while waiting:
        href = waiting.pop()
        if href in seen:
            continue
        seen.add(href)
        try:
            values = _read_part(href, is_web(entrance))
        except Exception as error:
            if href == entrance or not is_gone(error):
                raise
            log.warning("%s is not there, though the catalogue names it; it is left out", href)
            continue
        kind = values.get("type") if isinstance(values, dict) else None
        if kind in ("Feature", "FeatureCollection"):
            features = values.get("features", []) if kind == "FeatureCollection" else [values]
            if not isinstance(features, list):
                raise ValueError(f"{href} has no list of features")
            yield features, href
        elif kind in ("Catalog", "Collection"):
            skipped = kind == "Collection" and values.get("id") != collection
            if skipped and isinstance(values.get("id"), str):
                others.add(values["id"])
            waiting += reversed(_links(values, href, ("child",) if skipped else ("child", "item")))
        else:
            raise ValueError(f"{href} is no STAC catalogue, collection or item")


def _read_part(href: str, of_web: bool) -> Any:
    """Return the JSON of a part of a catalogue; a catalogue of the web has no local parts."""
    if is_web(href):
        return patiently(partial(_read_json, href), href)
    if of_web:
        raise ValueError(f"it names {href}, which is no address of the web")
    require_readable_file(Path(href), "part of the catalogue", SceneError)
    try:
        return _read_json(href)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no JSON"
        raise ValueError(f"{href}: {reason}") from None


def _links(values: dict[str, Any], href: str, kinds: Collection[str]) -> list[str]:
    """Return the links of a catalogue or collection to its parts."""
    links = values.get("links", [])
    are_links = isinstance(links, list) and all(isinstance(each, dict) for each in links)
    parts = [each.get("href") for each in links if each.get("rel") in kinds] if are_links else []
    if not are_links or not all(isinstance(each, str) and each for each in parts):
        raise ValueError(f"the links of {href} are malformed")
    found = [absolute_href(each, href) for each in parts]
    return [os.path.normpath(each) if each.startswith("/") else each for each in found]
