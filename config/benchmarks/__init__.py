"""Measurements that the project holds itself to; one file each, `manage.py benchmark NAME` runs them."""

from collections.abc import Callable

from config.benchmarks import export, pages, scoring, scoring_data
from config.benchmarks.filling import fill
from config.benchmarks.result import Result, Size

BENCHMARKS: dict[str, Callable[[Size, Callable[[str], object]], Result]] = {
    "export": export.run,
    "pages": pages.run,
    "scoring": scoring.run,
}
FILLS: dict[str, Callable[[Size], None]] = {"scoring": scoring_data.fill}
"""Benchmarks with invented data of their own; the others share `filling.fill`."""


def fill_for(name: str, size: Size) -> None:
    """Fill an empty database with what the benchmark measures on."""
    FILLS.get(name, fill)(size)
