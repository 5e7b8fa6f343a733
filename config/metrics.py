"""/metrics: what Prometheus reads. Counters live in files of all processes, gauges are read on demand.

Each serving process writes `<type>_<role>-<host>-<pid>.db` into DATA_DIR/metrics; any web process
answers for all of them. When the web server or the worker starts, the files of its own role and host go
(a counter begins at nought, as after any restart); files of hosts that are gone go after two days.
A command line process keeps its counters to itself.
"""

from __future__ import annotations

import os
import re
import socket
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, values
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from trail.gauges import Gauge, all_gauges

log = structlog.get_logger(__name__)
PREFIX = "mingchuang_"
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
FORGOTTEN_AFTER = 2 * 24 * 3600

local = CollectorRegistry()
requests = Counter(
    f"{PREFIX}requests", "Requests by route and status.", ("method", "route", "status"), registry=local
)
seconds_of_request = Histogram(
    f"{PREFIX}request_seconds",
    "Time to the answer.",
    ("route",),
    registry=local,
    buckets=(0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 5, 15),
)
queries_of_request = Histogram(
    f"{PREFIX}request_queries",
    "Database queries of a request.",
    ("route",),
    registry=local,
    buckets=(0, 2, 4, 6, 10, 15, 30, 100),
)
tasks = Counter(f"{PREFIX}tasks", "Background tasks by outcome.", ("task", "state"), registry=local)
seconds_of_task = Histogram(
    f"{PREFIX}task_seconds",
    "Time a background task took.",
    ("task",),
    registry=local,
    buckets=(0.1, 0.5, 1, 5, 30, 120, 600, 1800),
)


def method_word(method: str | None) -> str:
    """A method of HTTP; whatever else a visitor invents is OTHER."""
    return method if method in METHODS else "OTHER"


def note_request(method: str | None, route: str, status: int, seconds: float, queries: int) -> None:
    """Count one request. `route` is the name of a route, never a path."""
    requests.labels(method_word(method), route, str(status)).inc()
    seconds_of_request.labels(route).observe(seconds)
    queries_of_request.labels(route).observe(queries)


def note_task(task: str, state: str, seconds: float) -> None:
    """Count one run of a background task."""
    tasks.labels(task, state).inc()
    seconds_of_task.labels(task).observe(seconds)


# --- files shared by the processes ----------------------------------------------------------------


def folder() -> Path:
    return Path(settings.DATA_DIR) / "metrics"


def host() -> str:
    return re.sub(r"[^0-9A-Za-z.]", "-", socket.gethostname())


def keep_in_files(role: str) -> None:
    """From here on this process shares its counters; call it before the first one is counted."""
    folder().mkdir(mode=0o750, parents=True, exist_ok=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder())
    values.ValueClass = values.MultiProcessValue(lambda: f"{role}-{host()}-{os.getpid()}")


def forget_files(role: str) -> None:
    """Before the processes of a role start: drop what their predecessors left."""
    old = time.time() - FORGOTTEN_AFTER
    for file in folder().glob("*.db"):
        if f"_{role}-{host()}-" in file.name or file.stat().st_mtime < old:
            file.unlink(missing_ok=True)


class SharedCounters(Collector):
    """The counters of all processes together."""

    def collect(self) -> Iterable[Any]:
        if values.ValueClass is values.MutexValue:
            return local.collect()
        return MultiProcessCollector(None, path=str(folder())).collect()


# --- the answer --------------------------------------------------------------------------------------


_kept: dict[str, tuple[float, list[tuple[tuple[str, ...], float]]]] = {}


class Gauges(Collector):
    """What the rooms registered; a room whose gauge fails is named and does not silence the others."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        failed = GaugeMetricFamily(
            f"{PREFIX}gauge_failed", "1 for a gauge that could not be read.", labels=("gauge",)
        )
        for gauge in all_gauges():
            try:
                yield family(gauge)
            except Exception:
                log.exception("metrics.gauge", gauge=gauge.name)
                failed.add_metric((gauge.name,), 1)
        yield failed


def family(gauge: Gauge) -> GaugeMetricFamily:
    """One gauge as Prometheus wants it."""
    found = GaugeMetricFamily(f"{PREFIX}{gauge.name}", gauge.help, labels=gauge.labels)
    for labels, value in readings(gauge):
        found.add_metric(labels, value)
    return found


def readings(gauge: Gauge) -> list[tuple[tuple[str, ...], float]]:
    """What the gauge says now, or said a moment ago if it asks to be kept."""
    until, found = _kept.get(gauge.name, (0.0, []))
    if time.monotonic() >= until:
        found = list(gauge.read())
        _kept[gauge.name] = (time.monotonic() + gauge.keep, found)
    return found


def exposition() -> bytes:
    """The text of /metrics."""
    answer = CollectorRegistry()
    answer.register(SharedCounters())
    answer.register(Gauges())
    return generate_latest(answer)
