"""The version of the program, as pyproject.toml states it."""

import tomllib
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@cache
def version() -> str:
    """E.g. "0.1.0"."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]


def as_numbers(text: str) -> tuple[int, ...]:
    """A version as something that can be compared; ValueError for what is none."""
    return tuple(int(part) for part in str(text).split("."))
