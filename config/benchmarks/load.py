"""Real HTTP over kept connections, all asking at once."""

import http.client
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

CONNECTIONS = 8
TIMEOUT = 60


@dataclass
class Timings:
    """Seconds from request to last byte, with the number of statements the server told."""

    seconds: list[float] = field(default_factory=list)
    queries: set[int] = field(default_factory=set)

    @property
    def p50(self) -> float:
        return statistics.median(self.seconds)

    @property
    def p95(self) -> float:
        return statistics.quantiles(self.seconds, n=20)[-1] if len(self.seconds) > 1 else self.seconds[0]

    def add(self, other: "Timings") -> None:
        self.seconds += other.seconds
        self.queries |= other.queries


class BadAnswer(Exception):
    """A page that does not answer 200 cannot be measured."""


class Visitor:
    """Eight connections of one signed-in person."""

    def __init__(self, port: int, cookie: str):
        self.headers = {"Cookie": cookie, "Accept": "text/html,application/json"}
        self.connections = [
            http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT) for _ in range(CONNECTIONS)
        ]

    def status_of(self, path: str) -> int:
        return self._fetch(self.connections[0], path)[1]

    def visit(self, path: str, *, times: int) -> Timings:
        """Ask for `path` `times` times on each connection, all at once."""
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            parts = list(pool.map(lambda c: self._repeat(c, path, times), self.connections))
        whole = Timings()
        for part in parts:
            whole.add(part)
        return whole

    def close(self) -> None:
        for connection in self.connections:
            connection.close()

    def _repeat(self, connection: http.client.HTTPConnection, path: str, times: int) -> Timings:
        timings = Timings()
        for _ in range(times):
            seconds, status, queries = self._fetch(connection, path)
            if status != 200:
                raise BadAnswer(f"{path}: {status}")
            timings.seconds.append(seconds)
            timings.queries.add(queries)
        return timings

    def _fetch(self, connection: http.client.HTTPConnection, path: str) -> tuple[float, int, int]:
        began = time.perf_counter()
        connection.request("GET", path, headers=self.headers)
        response = connection.getresponse()
        response.read()
        return time.perf_counter() - began, response.status, int(response.headers.get("X-Queries", 0))
