"""A STAC API on the loopback interface, which may misbehave."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import shapely


@dataclass
class StacServer:
    """A STAC API and the files of a catalogue on the loopback interface.

    Attributes:
        address: Where it listens.
        requests: Method and path of all requests.
        fails: Says what status a request is answered with, by its number from 0 and its path;
            0: the true answer.
    """

    address: str
    requests: list[tuple[str, str]] = field(default_factory=list)
    fails: Callable[[int, str], int] = lambda number, path: 0


@contextmanager
def stac_server(
    folder: Path, page: int = 100, deaf: bool = False, strange: str = "", posts: bool = True
) -> Iterator[StacServer]:
    """Serve a catalogue written by `write_catalogue`, and search in it.

    Args:
        folder: Folder of the catalogue.
        page: Items of an answer.
        deaf: Whether it takes no notice of the place and the time that are asked for.
        strange: "" for true pages; `endless`: the same page again and again; `empty`: the same
            without items; `late`: items after an empty page; `twice`: the same page twice;
            `none`: no list of items; `other`: items that are no objects; `relative`: files named
            relative to their item; `modest`: true pages of an API that does not state that it
            searches.
        posts: Whether searches may be posted, which the standard leaves to the API.
    """
    state, lock = StacServer(""), threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            with lock:
                number = len(state.requests)
                state.requests.append((self.command, self.path))
            parts = urlsplit(self.path)
            if status := state.fails(number, parts.path):
                self._send(status, b"no luck")
            elif self.command == "POST" and not posts:
                self._send(405, b"not allowed")
            elif parts.path in ("", "/"):
                self._send_json(_landing(state.address, posts, strange != "modest"))
            elif parts.path == "/search":
                query = json.loads(body) if body else _query(parts.query)
                if deaf:
                    query |= {"datetime": "", "bbox": [-180, -90, 180, 90]}
                found = _search(folder, query, state.address, page)
                is_first = "token" not in query
                self._send_json(_made_strange(found, strange, state.address, is_first))
            else:
                self._send_file(folder / unquote(parts.path).lstrip("/"))

        def _send_json(self, values: Any) -> None:
            self._send(200, json.dumps(values).encode(), kind="application/json")

        def _send_file(self, path: Path) -> None:
            if not path.is_file():
                self._send(404, b"not there")
                return
            content = path.read_bytes()
            found = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range") or "")
            if found is None:
                self._send(200, content)
                return
            first, size = int(found[1]), len(content)
            last = min(int(found[2] or size - 1), size - 1)
            place = f"bytes {first}-{last}/{size}"
            self._send(206, content[first : last + 1], place=place)

        def _send(
            self, status: int, body: bytes, kind: str = "image/tiff", place: str = ""
        ) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Accept-Ranges", "bytes")
            if place:
                self.send_header("Content-Range", place)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

    for method in ("HEAD", "POST"):
        setattr(Handler, f"do_{method}", Handler.do_GET)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state.address = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()


def _landing(address: str, posts: bool, states_search: bool) -> dict[str, Any]:
    core = "https://api.stacspec.org/v1.0.0"
    classes = ("core", "item-search", "ogcapi-features") if states_search else ("core",)
    return {
        "type": "Catalog",
        "id": "loopback",
        "stac_version": "1.0.0",
        "description": "test",
        "conformsTo": [f"{core}/{name}" for name in classes],
        "links": [
            {"rel": "self", "href": address},
            {"rel": "root", "href": address},
            {"rel": "search", "href": f"{address}/search", "method": "POST" if posts else "GET"},
        ],
    }


def _made_strange(
    found: dict[str, Any], strange: str, address: str, is_first: bool
) -> dict[str, Any]:
    """Return a page of an API that does not keep to its standard, or to what is usual."""
    if strange == "relative":
        for item in found["features"]:
            own = f"{address}/collections/x/items/{item['id']}"
            item["links"] = [{"rel": "self", "href": own}]
            for asset in item["assets"].values():
                asset["href"] = asset["href"].removeprefix(f"{address}/")
    late = [{"rel": "next", "href": f"{address}/search", "method": "POST", "merge": True}]
    late[0]["body"] = {"token": "0"}
    again = [{"rel": "next", "href": f"{address}/search", "method": "POST", "merge": True}]
    return {
        "late": found | {"links": late, "features": []} if is_first else found,
        "twice": found | {"links": late if is_first else []},
        "endless": found | {"links": again},
        "empty": found | {"links": again, "features": []},
        "none": {"type": "FeatureCollection"},
        "other": {"type": "FeatureCollection", "features": [1, None, "x", []]},
    }.get(strange, found)


def _query(text: str) -> dict[str, Any]:
    values: dict[str, Any] = {key: value[0] for key, value in parse_qs(text).items()}
    if "collections" in values:
        values["collections"] = values["collections"].split(",")
    if "bbox" in values:
        values["bbox"] = [float(number) for number in values["bbox"].split(",")]
    return values


def _search(folder: Path, query: dict[str, Any], address: str, page: int) -> dict[str, Any]:
    """Answer a search as an API does; times are compared as text."""
    start, _, end = (query.get("datetime") or "/").partition("/")
    found = []
    for path in sorted(folder.glob("*.json")):
        item = json.loads(path.read_text())
        if item["type"] != "Feature" or item["collection"] not in query["collections"]:
            continue
        moment = item["properties"]["datetime"]
        if (start and moment < start) or (end and moment > end):
            continue
        if shapely.box(*item["bbox"]).intersects(shapely.box(*query["bbox"])):
            for asset in item["assets"].values():
                asset["href"] = f"{address}/{asset['href']}"
            found.append(item)
    first = int(query.get("token") or 0)
    links = []
    if len(found) > first + page:
        body = {"token": str(first + page)}
        links = [
            {
                "rel": "next",
                "href": f"{address}/search",
                "method": "POST",
                "body": body,
                "merge": True,
            }
        ]
    return {"type": "FeatureCollection", "features": found[first : first + page], "links": links}
