"""What goes into a benchmark and what comes out; the keys of the JSON answer stay put."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Size:
    """How large an invented database to measure on; empty means the current database."""

    staff: int | None = None
    rows: int | None = None
    halls: int | None = None

    def __bool__(self) -> bool:
        return any(part is not None for part in (self.staff, self.rows, self.halls))


@dataclass
class Result:
    """`ratio` = seconds / limit_seconds, lower is better; what does not apply is None."""

    seconds: float
    limit_seconds: float | None = None
    growth: float | None = None
    peak_mb: float | None = None
    rows: int | None = None
    details: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {
            "seconds": round(self.seconds, 4),
            "limit_seconds": None if self.limit_seconds is None else round(self.limit_seconds, 4),
            "ratio": None if not self.limit_seconds else round(self.seconds / self.limit_seconds, 3),
            "growth": None if self.growth is None else round(self.growth, 3),
            "peak_mb": None if self.peak_mb is None else round(self.peak_mb, 1),
            "rows": self.rows,
            **self.details,
        }
