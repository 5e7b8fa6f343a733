"""A running round of the officer in the hall of the cast."""

import pytest
import time_machine
from django.core.cache import cache

from tests.factories.accounts import person_with
from tests.factories.covert import adopted, given, reported
from tests.factories.patrols import RoundFactory
from tests.factories.windows import WindowFactory
from violations.models import Act, ConductRecord
from violations.services.appeals import file_appeal
from violations.services.ledger import accept_record


@pytest.fixture(autouse=True)
def _no_leftovers():
    """Act menus are cached by hall and day; ids come again from test to test."""
    cache.clear()


@pytest.fixture(autouse=True)
def _wednesday_morning():
    """A working day far from midnight; the clock runs on."""
    with time_machine.travel("2026-11-25T10:00:00+08:00"):
        yield


@pytest.fixture
def new_round(hall):
    """`new_round()`: a round of yet another officer of the hall."""
    return lambda **fields: RoundFactory(hall=hall, officer=person_with("officer", hall), **fields)


@pytest.fixture
def running(hall, officer):
    return RoundFactory(hall=hall, officer=officer)


@pytest.fixture
def second_window(department):
    return WindowFactory(department=department, code="A06", name="不动产登记窗口")


@pytest.fixture
def doze(rulebook) -> Act:
    return Act.objects.get(rulebook=rulebook.rulebook, code="dozing")


@pytest.fixture
def untidy(rulebook) -> Act:
    return Act.objects.get(rulebook=rulebook.rulebook, code="untidy_window")


@pytest.fixture
def task(hall, rulebook, supervisor, inspector):
    return given(hall, by=supervisor, to=inspector)


@pytest.fixture
def report(task, window, staff, inspector):
    return reported(task, window, by=inspector)


@pytest.fixture
def appeal(task, report, supervisor, staff, clerk):
    record = adopted(task, by=supervisor, staff=staff)[0]
    accept_record(record=record, by=clerk)
    return file_appeal(record=ConductRecord.objects.get(pk=record.pk), by=clerk, words="我在岗")
