"""While a ledger is being brought in, the hall goes on recording."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from patrols.services import paper
from trail.services.imports import ImportResult
from violations.models import Act, ConductRecord
from violations.services.ledger import Found, find_record

pytestmark = pytest.mark.django_db(transaction=True)


def test_another_writer_of_the_hall_does_not_wait_for_the_import(
    monkeypatch, tmp_path, hall, rulebook, window, staff, officer, manager
):
    """The ledger has a line of today, first in the file; the writer finds something today meanwhile."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite 整个文件只有一个写入者")
    now = timezone.localtime()
    lines = [f"{now - timedelta(days=back):%Y-%m-%d},9:30,A05,王丽,打瞌睡" for back in (0, 1, 2)]
    path = tmp_path / "a.csv"
    path.write_text("\n".join(["巡查日期,时间,窗口号,姓名,发现问题", *lines]))
    act, waited = Act.objects.get(rulebook=rulebook.rulebook, code="eating"), []

    def write() -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '3s'")
            find_record(Found(act=act, at=now, staff=staff, window=window), hall=hall, by=officer)
            waited.append("done")
        except Exception as error:  # noqa: BLE001 - told to the test
            waited.append(error)
        finally:
            connection.close()

    enter = paper._PaperLedger._enter

    def then_another(self, line, result):
        enter(self, line, result)
        if not waited:
            writer = threading.Thread(target=write)
            writer.start()
            writer.join(20)

    monkeypatch.setattr(paper._PaperLedger, "_enter", then_another)
    result = ImportResult()
    with transaction.atomic():
        paper.paper_work(path=path, hall=hall, by=manager)(result)

    assert waited == ["done"]
    assert (result.created, ConductRecord.objects.count()) == (3, 4)
    assert ConductRecord.objects.filter(day=now.date()).values("number").distinct().count() == 2
