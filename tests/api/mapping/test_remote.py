"""Scenes behind http addresses."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from slidelens.api.mapping.folder_map import map_to_folder
from slidelens.api.mapping.remote import local_file, without_query
from slidelens.api.scene import open_scene
from slidelens.errors import SceneError
from slidelens.geo.rasters.header import read_header
from slidelens.geo.rasters.scene import read_on_grid
from slidelens.layers.probability import read_probability
from support.learning.tiles import blur_network, noting
from support.studies import BANDS, grid_of, image, write_image

GRID = grid_of(600, 500)


@pytest.fixture
def down() -> threading.Event:
    """Set, the server fails for the second half of the scene."""
    return threading.Event()


@pytest.fixture
def server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, down: threading.Event
) -> Iterator[tuple[str, list[int]]]:
    """Serve a scene with ranges, as object stores do; yields the address and sizes of answers."""
    values = np.repeat(image(GRID, [], 1), 2, axis=2)[..., :3]
    content = write_image(tmp_path / "scene.tif", GRID, values).read_bytes()
    sent: list[int] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            found = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
            first, last = (int(found[1]), int(found[2])) if found else (0, len(content) - 1)
            body = content[first : last + 1]
            known = self.path.startswith("/scene.tif")
            if down.is_set() and first >= len(content) // 2:
                self.send_error(503)
                return
            self.send_response(206 if known and found else 200 if known else 404)
            self.send_header("Accept-Ranges", "bytes")
            self.send_header("Content-Range", f"bytes {first}-{last}/{len(content)}")
            self.send_header("Content-Length", str(len(body) if known else 0))
            self.end_headers()
            if known and self.command == "GET":
                sent.append(len(body))
                self.wfile.write(body)

        def do_HEAD(self) -> None:
            self.do_GET()

    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GDAL_HTTP_MAX_RETRY", "0")
    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{running.server_port}", sent
    running.shutdown()
    running.server_close()


def test_a_remote_scene_is_read_and_not_downloaded(
    server: tuple[str, list[int]], tmp_path: Path
) -> None:
    address, sent = server
    path = local_file(f"/vsicurl/{address}/scene.tif?key=1", tmp_path / "hidden/a.vrt")
    header = read_header(path)
    assert (header.bands, header.grid) == (BANDS, GRID)
    size = (tmp_path / "scene.tif").stat().st_size
    assert sum(sent) < size / 4
    there = read_on_grid(header, GRID, BANDS)
    here = read_on_grid(read_header(tmp_path / "scene.tif"), GRID, BANDS)
    assert np.array_equal(there.pixels, here.pixels)


def test_a_map_goes_on_when_the_server_answers_again(
    server: tuple[str, list[int]], down: threading.Event, tmp_path: Path
) -> None:
    address, _ = server
    network = blur_network(tmp_path)
    path = local_file(f"/vsicurl/{address}/scene.tif", tmp_path / "a.vrt")
    down.set()
    with pytest.raises(SceneError, match="cannot read"):
        map_to_folder(open_scene(path), network, tmp_path / "out")
    ledger = tmp_path / ".out.partial/finished.jsonl"
    finished = len(ledger.read_text().splitlines())
    assert finished > 20
    down.clear()
    mapped: list[int] = []
    map_to_folder(open_scene(path), network, tmp_path / "out", run=noting(mapped))
    assert mapped[0] == finished
    assert not list(tmp_path.glob(".out*"))
    map_to_folder(open_scene(tmp_path / "scene.tif"), network, tmp_path / "local")
    maps = [read_probability(tmp_path / name / "probability.tif") for name in ("out", "local")]
    assert np.array_equal(maps[0][0], maps[1][0])


def test_the_local_file_stays_as_it_is(server: tuple[str, list[int]], tmp_path: Path) -> None:
    address, _ = server
    path = local_file(f"/vsicurl/{address}/scene.tif", tmp_path / "a.vrt")
    before = path.stat().st_mtime_ns
    assert local_file(f"/vsicurl/{address}/scene.tif", path).stat().st_mtime_ns == before


def test_a_scene_that_is_not_there_is_refused_without_its_key(
    server: tuple[str, list[int]], tmp_path: Path
) -> None:
    address, _ = server
    with pytest.raises(SceneError, match="does the server answer") as refused:
        local_file(f"/vsicurl/{address}/gone.tif", tmp_path / "a.vrt")
    assert "gone.tif" in str(refused.value)


def test_a_local_scene_is_its_own_file(tmp_path: Path) -> None:
    assert local_file("scenes/a.tif", tmp_path / "a.vrt") == Path("scenes/a.tif")
    assert without_query("scenes/a?.tif") == "scenes/a?.tif"
    assert without_query("/vsicurl/https://me:pw@h.org/a.tif?sig=1") == "https://h.org/a.tif"
