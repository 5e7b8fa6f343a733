"""链接 links: the addresses of things, each worked out once."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from django.urls import reverse

if TYPE_CHECKING:
    from collections.abc import Hashable

MOST_LINKS = 20_000


@lru_cache(maxsize=MOST_LINKS)
def link_to(name: str, *args: Hashable) -> str:
    """`reverse`, remembered: lists ask for the same few hundred addresses at every reading.

    Raises NoReverseMatch for a page that is not there.
    """
    return reverse(name, args=args)
