"""Documents are made while one waits, not as long runs: a full issue needs the statements of a thin one."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bulletins.documents.issue import issue_docx
from bulletins.presenters import content_of
from bulletins.services.drafting import draft_bulletin
from tests.factories.bulletins import counting_record
from tests.factories.windows import PostingFactory, StaffFactory

pytestmark = pytest.mark.django_db
THIN, FULL = 3, 300
"""Findings a week; a busy week of the demo hall has some thirty."""


def fill(hall, department, window, by, wanted: range) -> None:
    for number in wanted:
        person = StaffFactory(department=department, no=f"ZW{number:05}", name=f"人{number}")
        PostingFactory(staff=person, window=window)
        counting_record(hall, since="2026-11-04 10:00", by=by, staff=person)


def test_full_issue_takes_as_many_statements_as_a_thin_one(hall, rulebook, manager, department, window):
    counts, items = [], []
    for wanted in (range(THIN), range(0), range(THIN, FULL)):  # the first draft, then two that replace it
        fill(hall, department, window, manager, wanted)
        with CaptureQueriesContext(connection) as statements:
            draft = draft_bulletin(hall=hall, iso_week="2026-W45", by=manager)
        counts.append(len(statements))
        items.append(draft.items.count())
        assert issue_docx(content_of(draft))[:2] == b"PK"

    assert items == [THIN, THIN, FULL]
    assert counts[2] <= counts[1] + FULL // 100  # SQLite takes rows in batches
