"""计量 gauges: rooms tell what /metrics shows of them, as they tell the menu what to show.

A gauge is read when somebody asks. It may count and sum, it names no person and no row: labels come
from a fixed set (a job's name, a status), never from ids or from what people typed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

Readings = Iterable[tuple[tuple[str, ...], float]]


@dataclass(frozen=True)
class Gauge:
    """`read()` yields (label values, value); without labels `((), 3.0)`. Few queries, all halls together.

    A reading that walks a whole table is kept for `keep` seconds.
    """

    name: str
    help: str
    read: Callable[[], Readings]
    labels: tuple[str, ...] = ()
    keep: int = 0


_gauges: dict[str, Gauge] = {}


def register_gauge(gauge: Gauge) -> None:
    """Show a gauge at /metrics as `mingchuang_<name>`."""
    _gauges[gauge.name] = gauge


def all_gauges() -> list[Gauge]:
    """Every registered gauge, by name."""
    return [_gauges[name] for name in sorted(_gauges)]
