"""One line per event: for people in DEBUG, JSON otherwise. No line holds personal data, none can be forged.

What a visitor sends (paths, query strings, header values) and what rows hold (names, numbers) stays out:
requests are named by their route, errors by their type and place. An exception's own words are kept only
for the types in `PLAIN_ERRORS`, whose words speak of code and servers; all others may carry the value that
broke them.
"""

import json
import logging
import re
import sys
import traceback
from collections.abc import Iterator, MutableMapping
from typing import Any

import structlog

PLAIN_ERRORS = (ImportError, AttributeError, NameError, TypeError, NotImplementedError, OSError)
PLAIN_NAMES = {
    "OperationalError",  # of the database: locked, gone, not reachable
    "ImproperlyConfigured",
    "TemplateDoesNotExist",
    "TemplateSyntaxError",
    "FieldError",
}
LONGEST_WORDS = 300
MOST_FRAMES = 30
QUERY_STRING = re.compile(r"\?[^\s'\"]+")
FORGERS = {
    code: f"\\u{code:04x}"
    for code in (
        *range(0x20),
        *range(0x7F, 0xA0),
        0x2028,
        0x2029,
        *range(0x202A, 0x202F),
        *range(0x2066, 0x206A),
    )
}
"""Characters that end a line or turn its direction somewhere: in a terminal, a pager, a log viewer."""


SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso"),
]
"""What happens to every event, ours or a library's."""


def configure() -> None:
    """Make structlog hand its events to the handlers of `logging_config`."""
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def logging_config(*, debug: bool) -> dict[str, Any]:
    """The LOGGING setting; gunicorn reads the same."""
    ending = [told_in_full, without_forgery, console] if debug else [told_safely, without_query, json_line]
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"request_words": {"()": RequestWords}},
        "formatters": {
            "event": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": SHARED,
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *ending],
            },
        },
        "handlers": {
            "console": {
                "class": "logging.StreamHandler",
                "formatter": "event",
                "filters": ["request_words"],
            }
        },
        "root": {"handlers": ["console"], "level": "INFO"},
        "loggers": {
            "django": {"level": "INFO", "propagate": True, "handlers": []},
            # runserver's own line repeats the query string; config.requests tells the same by route.
            "django.server": {"level": "CRITICAL", "propagate": True, "handlers": []},
            "celery.app.trace": {
                "level": "CRITICAL"
            },  # prints results and exceptions; config.task_logs does not
            "gunicorn": {"level": "INFO", "propagate": True, "handlers": []},
            "gunicorn.error": {"level": "WARNING" if debug else "INFO", "propagate": True, "handlers": []},
            # Prints addresses with their query; config.requests tells the same by route.
            "gunicorn.access": {"level": "CRITICAL", "propagate": False, "handlers": []},
            "celery.worker.strategy": {"level": "WARNING"},  # config.task_logs tells how a task ended
            "kombu.connection": {"level": "ERROR"},  # warns that a file broker has no host name
        },
    }


class RequestWords(logging.Filter):
    """Django's records about requests carry the path, which may hold words: the route says enough."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Reword what concerns a request; drop what the line of config.requests says already."""
        request = getattr(record, "request", None)
        if request is None or not hasattr(request, "META") or hasattr(record, "is_reworded"):
            return True
        if record.name == "django.request" and getattr(record, "status_code", 500) < 500:
            return False
        reason = f": {record.args[0]}" if record.name == "django.security.csrf" and record.args else ""
        record.is_reworded = True  # another handler may ask again
        record.msg, record.args = f"{record.name} {route_of(request)}{QUERY_STRING.sub('', reason)}", ()
        return True


def route_of(request: Any) -> str:
    """The name of the route, e.g. `violations:finding`; never the path itself."""
    match = getattr(request, "resolver_match", None)
    return (match.view_name or "unnamed") if match else "unmatched"


def told_safely(logger: object, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The exception as types and places, with words only where they cannot be a person's."""
    error = _error_of(event)
    if error is not None:
        event["exception"] = list(_chain(error))
    event.pop("stack_info", None)
    return event


def told_in_full(logger: object, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The whole traceback, for DEBUG."""
    error = _error_of(event)
    if error is not None:
        event["exception"] = "".join(traceback.format_exception(error))
    return event


def _error_of(event: MutableMapping[str, Any]) -> BaseException | None:
    info = event.pop("exc_info", None)
    event.pop("exception", None)
    if info is True:
        return sys.exc_info()[1]
    if isinstance(info, BaseException):
        return info
    return info[1] if isinstance(info, tuple) else None


def _chain(error: BaseException) -> Iterator[str]:
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield f"{_type_of(current)}{_words_of(current)}"
        frames = traceback.extract_tb(current.__traceback__)[-MOST_FRAMES:]
        yield from (f"  {frame.filename}:{frame.lineno} {frame.name}" for frame in frames)
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)


def _type_of(error: BaseException) -> str:
    return f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")


def _words_of(error: BaseException) -> str:
    if isinstance(error, PLAIN_ERRORS) or type(error).__name__ in PLAIN_NAMES:
        first = str(error).strip().partition("\n")[0]
        return f": {first[:LONGEST_WORDS]}"
    return ""


def without_query(logger: object, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A library may print an address; what stands behind its question mark is nobody's business."""
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = QUERY_STRING.sub("?…", value)
    return event


def json_line(logger: object, method: str, event: MutableMapping[str, Any]) -> str:
    """One JSON object; no character in it ends a line anywhere."""
    return json.dumps(event, ensure_ascii=False, default=str).translate(FORGERS)


def without_forgery(logger: object, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """On the console every value stays in its line; the lines of a traceback are marked as such."""
    for key, value in event.items():
        if key == "exception":
            lines = (line.translate(FORGERS) for line in str(value).split("\n") if line)
            event[key] = "\n".join(f"  | {line}" for line in lines)
        elif isinstance(value, str):
            event[key] = value.translate(FORGERS)
    return event


def console(logger: object, method: str, event: MutableMapping[str, Any]) -> str:
    """time [level] event key=value …, and the marked traceback below."""
    trace = event.pop("exception", "")
    head = f"{event.pop('timestamp', '')} [{event.pop('level', ''):<8}] {event.pop('event', '')}"
    event.pop("logger", None)
    tail = " ".join(f"{key}={str(value).translate(FORGERS)}" for key, value in event.items())
    return "\n".join(part for part in (f"{head} {tail}".rstrip(), trace) if part)
