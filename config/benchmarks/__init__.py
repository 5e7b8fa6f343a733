"""Measurements that the project holds itself to; one file each, `manage.py benchmark NAME` runs them."""

from collections.abc import Callable

from config.benchmarks import pages
from config.benchmarks.result import Result, Size

BENCHMARKS: dict[str, Callable[[Size, Callable[[str], object]], Result]] = {
    "pages": pages.run,
}
