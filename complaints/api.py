"""The citizen's voice has no rows yet; its addresses come with them."""

from typing import Any

routes: list[tuple[str, Any, str]] = []
