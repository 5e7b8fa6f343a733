"""Where a request comes from, for the audit row; nothing else may read it."""

from contextvars import ContextVar

address: ContextVar[str] = ContextVar("address", default="")
