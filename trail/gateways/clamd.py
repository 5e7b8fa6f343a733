"""病毒扫描 clamd: sends an upload to ClamAV's daemon (INSTREAM) and reads its verdict.

`CLAMD` names the daemon: "unix:/run/clamav/clamd.ctl" or "tcp://127.0.0.1:3310"; empty scans nothing.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

PIECE = 64 * 1024
LONGEST_ANSWER = 4096


class ScannerUnreachable(Exception):
    """The scanner did not answer, or not in words we know: nothing is known of the file."""


@dataclass(frozen=True)
class Verdict:
    """What the scanner says; `virus` is empty for a clean file."""

    virus: str = ""

    @property
    def is_clean(self) -> bool:
        """Whether nothing was found."""
        return not self.virus


def scan(content: bytes, *, address: str, timeout: float) -> Verdict:
    """Ask the daemon at `address`; raises ScannerUnreachable when it gives no verdict in time."""
    try:
        with _connected(address, timeout) as line:
            line.sendall(b"zINSTREAM\0")
            for piece in _pieces(content):
                line.sendall(struct.pack("!I", len(piece)) + piece)
            line.sendall(struct.pack("!I", 0))
            answer = _answer(line)
    except (OSError, ValueError) as error:
        raise ScannerUnreachable(f"{address}: {error}") from error
    return _verdict(answer)


def _connected(address: str, timeout: float) -> socket.socket:
    if address.startswith("unix:"):
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.settimeout(timeout)
        try:
            line.connect(address.removeprefix("unix:"))
        except OSError:
            line.close()
            raise
        return line
    parts = urlsplit(address if "//" in address else f"tcp://{address}")
    if not parts.hostname or not parts.port:
        raise ValueError("CLAMD must be unix:/path or tcp://host:port")
    return socket.create_connection((parts.hostname, parts.port), timeout=timeout)


def _pieces(content: bytes) -> Iterator[bytes]:
    for start in range(0, len(content), PIECE):
        yield content[start : start + PIECE]


def _answer(line: socket.socket) -> str:
    """All up to the NUL: "stream: OK", "stream: Eicar-Test-Signature FOUND", "… ERROR"."""
    got = b""
    while b"\0" not in got and len(got) < LONGEST_ANSWER:
        piece = line.recv(LONGEST_ANSWER)
        if not piece:
            break
        got += piece
    return got.partition(b"\0")[0].decode(errors="replace").strip()


def _verdict(answer: str) -> Verdict:
    words = answer.removeprefix("stream:").strip()
    if words == "OK":
        return Verdict()
    if words.endswith(" FOUND"):
        return Verdict(words.removesuffix(" FOUND"))
    raise ScannerUnreachable(f"no verdict: {answer[:200] or 'empty answer'}")
