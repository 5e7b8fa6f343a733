"""Long work (G17): answers at once, tells how far it is, survives leaving the page, can be cancelled."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from playwright.sync_api import Page, expect

from trail import tasks
from trail.models import LongRun
from trail.services import progress, runs
from trail.services.runs import Outcome, RunKind, Work

ROWS = 50_000
KIND = "score_month"


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """The work goes on until this is set, then to its end."""
    gate = threading.Event()
    yield gate
    gate.set()


@pytest.fixture
def worker(monkeypatch: Any, gate: threading.Event) -> Iterator[None]:
    """A worker beside the server, and in place of scoring an export of 50,000 rows."""
    threads: list[threading.Thread] = []

    def export(work: Work) -> Outcome:
        work.progress.expect(ROWS, "正在写文件")
        with work.scratch(".csv") as path:
            for _ in range(ROWS):
                work.progress.advance()
                if work.progress.done >= ROWS // 2 and not gate.is_set():
                    time.sleep(0.01)
            Path(path).write_text("甲,乙\n")
            kept = work.keep(path, name="台账.csv", content_type="text/csv")
        return Outcome(f"共 {ROWS:,} 行。", file=kept)

    def work_off(pk: int) -> None:
        runs.do_run(pk)
        connection.close()

    def send(pk: int) -> None:
        threads.append(threading.Thread(target=work_off, args=[pk]))
        threads[-1].start()

    kind = RunKind(KIND, "导出", ("assess.score",), export, unit="行", is_reading=True)
    monkeypatch.setitem(runs._kinds, KIND, kind)
    monkeypatch.setattr(progress, "INTERVAL", 0.1)
    monkeypatch.setattr(tasks.do_run, "delay", send)
    yield
    gate.set()
    for thread in threads:
        thread.join(30)


def start(page: Page) -> None:
    """Press the button that orders the work."""
    page.goto("/assess/")
    page.locator("input[name=month]").last.fill("2026-10")
    page.get_by_role("button", name="计算", exact=False).last.click()
    page.wait_for_url("**/jobs/runs/**")


def test_started_left_and_found_again_with_its_file(
    manager: Any, rulebook: Any, worker: None, gate: threading.Event, open_page: Callable[..., Page]
) -> None:
    page = open_page(manager)
    start(page)
    place = page.url

    expect(page.locator("#run progress")).to_have_attribute("max", str(ROWS))
    expect(page.locator("#run")).to_contain_text("/50,000 行")
    page.goto("/findings/")
    page.goto("/jobs/")
    expect(page.locator("tbody")).to_contain_text("进行中")
    page.goto(place)
    gate.set()

    expect(page.locator("#run")).to_contain_text("共 50,000 行", timeout=20_000)
    with page.expect_download() as download:
        page.get_by_role("link", name="下载").click()
    assert download.value.suggested_filename == "台账.csv"


def test_cancelled_from_its_page(
    manager: Any, rulebook: Any, worker: None, open_page: Callable[..., Page]
) -> None:
    page = open_page(manager, phone=True)
    start(page)
    expect(page.locator("#run")).to_contain_text("/50,000 行")

    page.get_by_role("button", name="取消").click()

    expect(page.locator("#run")).to_contain_text("已取消", timeout=20_000)
    expect(page.locator("#run")).to_contain_text("没有改动任何内容")
    assert LongRun.objects.get().status == "cancelled"
