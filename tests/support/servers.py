"""HTTP servers that misbehave, alone or between a client and a real server."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

STATUSES = {"401": 401, "403": 403, "404": 404, "429": 429, "500": 500, "503": 503}
BODIES = {
    "html": b"<html><body>It works!</body></html>",
    "garbage": bytes(range(256)),
    "empty": b"",
    "null": b"null",
    "list": b"[1, 2]",
    "other json": b'{"hello": "world"}',
    "deep json": b"[" * 100_000,
}
FAULTS = (*STATUSES, *BODIES, "closes", "hangs", "drips", "cuts off", "redirects")


@dataclass
class FaultyServer:
    """A server and what it does next.

    Attributes:
        address: Where it listens.
        fault: One of `FAULTS`; "" passes requests on.
        behind: Address of the server to which requests are passed on.
        late_s: Delay of every answer.
        requests: Paths that were asked for.
    """

    address: str
    fault: str
    behind: str = ""
    late_s: float = 0.0
    requests: list[str] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)


@contextmanager
def faulty_server(fault: str, behind: str = "") -> Iterator[FaultyServer]:
    """Serve on a free port of the loopback interface."""
    state = FaultyServer("", fault, behind)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            state.requests.append(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            state.closing.wait(state.late_s)
            self.close_connection = True
            if state.fault:
                _misbehave(self, state)
            else:
                _pass_on(self, state.behind, body)

    for method in ("POST", "PUT", "DELETE", "PATCH", "HEAD"):
        setattr(Handler, f"do_{method}", Handler.do_GET)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    state.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield state
    finally:
        state.closing.set()
        server.shutdown()
        server.server_close()


def _misbehave(handler: BaseHTTPRequestHandler, state: FaultyServer) -> None:
    fault = state.fault
    if fault == "closes":
        handler.connection.shutdown(socket.SHUT_RDWR)
    elif fault == "hangs":
        state.closing.wait()
    elif fault == "drips":
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        while not state.closing.wait(0.2):
            handler.wfile.write(b" ")
    elif fault == "cuts off":
        handler.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"experiment": ')
        handler.wfile.flush()
        handler.connection.shutdown(socket.SHUT_RDWR)
    elif fault == "redirects":
        _answer(handler, 302, b"", Location=handler.path)
    else:
        _answer(handler, STATUSES.get(fault, 200), BODIES.get(fault, b"no <b>luck</b>\n" * 99))


def _answer(handler: BaseHTTPRequestHandler, status: int, body: bytes, **headers: str) -> None:
    handler.send_response(status)
    own = {"Content-Length": str(len(body)), "Connection": "close"}
    for name, value in (own | headers).items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


def _pass_on(handler: BaseHTTPRequestHandler, behind: str, body: bytes) -> None:
    connection = http.client.HTTPConnection(urlsplit(behind).netloc, timeout=60)
    headers = {
        name: value for name, value in handler.headers.items() if name.lower() != "connection"
    }
    connection.request(handler.command, handler.path, body, headers)
    answer = connection.getresponse()
    content = answer.read()
    handler.send_response(answer.status)
    for name, value in answer.getheaders():
        if name.lower() not in ("transfer-encoding", "connection", "content-length"):
            handler.send_header(name, value)
    length = answer.getheader("Content-Length") if handler.command == "HEAD" else None
    handler.send_header("Content-Length", length or str(len(content)))
    handler.send_header("Connection", "close")
    handler.end_headers()
    if handler.command != "HEAD":
        handler.wfile.write(content)
    connection.close()


def wait_until(condition: object, timeout_s: float = 30.0) -> None:
    """Wait until a function returns something true."""
    assert callable(condition)
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "nothing happened"
        time.sleep(0.02)
