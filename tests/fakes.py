"""Outside systems for tests: a receiver on this machine that answers as told and keeps what it got."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Request:
    """One POST as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body read as JSON."""
        return json.loads(self.body)


@dataclass
class FakeReceiver:
    """A robot's or a program's door. `answers` are given in order, the last one for ever."""

    answers: list[tuple[int, dict[str, str], str]] = field(
        default_factory=lambda: [(200, {}, '{"errcode":0,"errmsg":"ok"}')]
    )
    got: list[Request] = field(default_factory=list)
    url: str = ""

    def answer(self) -> tuple[int, dict[str, str], str]:
        """The next answer."""
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@contextmanager
def receiver() -> Iterator[FakeReceiver]:
    """A receiver that listens on a free port until the end."""
    fake = FakeReceiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            fake.got.append(Request(self.path, dict(self.headers.items()), body))
            code, headers, words = fake.answer()
            self.send_response(code)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(words.encode())

        def log_message(self, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    fake.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
