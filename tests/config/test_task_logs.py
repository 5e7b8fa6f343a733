"""A job's lines carry the number of the request that started it."""

from __future__ import annotations

import pytest
import structlog
from celery import shared_task
from celery.app.task import Context

from config import task_logs
from config.celery import app
from tests.config.test_logs import events, listen  # noqa: F401 - a fixture


@shared_task
def say(words: str) -> str:
    structlog.get_logger("x").info("inside")
    return f"said {words}"


@shared_task
def stumble(words: str) -> None:
    raise ValueError(words)


@pytest.fixture
def in_request():
    structlog.contextvars.bind_contextvars(request_id="0123456789abcdef")
    yield
    structlog.contextvars.clear_contextvars()


def test_message_carries_the_number(in_request):
    headers = {}

    task_logs.hand_on(headers=headers)

    assert headers == {"request_id": "0123456789abcdef"}


def test_message_of_the_clock_carries_none():
    headers = {}

    task_logs.hand_on(headers=headers)

    assert headers == {}


def test_worker_binds_the_number_of_the_message(listen):  # noqa: F811
    out = listen()
    task = app.tasks[say.name]
    task.push_request(id="t-1", headers={"request_id": "0123456789abcdef"}, is_eager=False)

    task_logs.begin(task_id="t-1", task=task)
    structlog.get_logger("x").info("inside")
    task_logs.end(task_id="t-1", task=task, state="SUCCESS")
    structlog.get_logger("x").info("after")
    task.pop_request()

    told = [(line["event"], line.get("request_id"), line.get("task")) for line in events(out)]
    name = say.name
    assert told == [
        ("inside", "0123456789abcdef", name),
        ("task", "0123456789abcdef", name),
        ("after", None, None),
    ]


def test_job_of_the_clock_is_named_after_itself(listen):  # noqa: F811
    out = listen()

    task_id = say.apply(args=["王丽"]).id

    assert {line["request_id"] for line in events(out)} == {task_id}


def test_eager_job_leaves_the_request_its_number(in_request, listen):  # noqa: F811
    out = listen()

    say.delay("王丽")
    structlog.get_logger("x").info("after")

    assert [line["request_id"] for line in events(out)] == ["0123456789abcdef"] * 3


def test_neither_arguments_nor_result_nor_error_words_are_told(listen):  # noqa: F811
    out = listen()

    say.apply(args=["王丽 13812345678"])
    stumble.apply(args=["王丽 13812345678"], throw=False)

    assert [line["event"] for line in events(out)] == ["inside", "task", "task.failed", "task"]
    assert [words for words in ("王丽", "13812345678", "said") if words in out.getvalue()] == []


def test_context_of_celery_keeps_foreign_headers():
    """The header travels as an attribute of the request context in Celery's second protocol."""
    assert Context({"request_id": "0123456789abcdef"}).request_id == "0123456789abcdef"
