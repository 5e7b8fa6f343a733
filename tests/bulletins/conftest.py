import pytest
import time_machine

from tests.factories.bulletins import moment
from tests.factories.windows import DepartmentFactory, PostingFactory, StaffFactory, WindowFactory


@pytest.fixture(autouse=True)
def monday(settings):
    """Monday of W48, half past eight: the cut-off of W47 (Friday 20 November, 17:30) is past."""
    with time_machine.travel(moment("2026-11-23 08:30"), tick=False) as clock:
        yield clock


@pytest.fixture
def other_staff(hall):
    """Somebody of another department at window B06."""
    department = DepartmentFactory(hall=hall, name="税务局")
    person = StaffFactory(department=department, no="ZW0100", name="吴凯")
    PostingFactory(staff=person, window=WindowFactory(department=department, code="B06", name="综合办税窗口"))
    return person
