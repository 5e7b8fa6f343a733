"""The fixed cast: one hall with its nine roles, a township below it, and a hall that must see nothing."""

from __future__ import annotations

import gc
import os
from datetime import date
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from hypothesis import settings as hypothesis

from accounts.models import Hall, User
from patrols.models import DutyDay, SpecialPeriod
from tests.factories.accounts import HallFactory, person_with
from tests.factories.windows import DepartmentFactory, PostingFactory, StaffFactory, WindowFactory
from tests.migrated import lay_down
from trail.models import Channel
from trail.services import progress
from violations import pricing, tariff
from violations.models import RulebookVersion
from windows.models import Department, Staff, Window
from windows.services.calendar import set_local_day

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # the browser's loop runs beside the ORM

# At the desk chance is new each time and finds more; CI asks the same every time, so that a failure there
# comes of the change and not of the day. How many worlds: PROPERTY_WORLDS and PROPERTY_EXAMPLES, in both.
hypothesis.register_profile("desk", deadline=None, print_blob=True)
hypothesis.register_profile("ci", deadline=None, print_blob=True, derandomize=True, database=None)
hypothesis.load_profile("ci" if os.environ.get("CI") else "desk")

LONG = (
    "test_api_schema.py",
    "test_worlds.py",
    "test_up.py",
    "test_demo_again.py",
    "test_demo.py",
    "test_query_counts.py",
    "test_sweep.py",
)
"""Begun first, so that no process is left alone with one of them. None commits to the test's database: such
tests stay last, where pytest-django puts them.
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long ones first, the rest as it was."""
    items.sort(key=lambda item: item.path.name not in LONG)


def pytest_collection_finish() -> None:
    """All that is imported by now stays to the end: the collector need not look through it every second."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_keepdb: bool, django_db_modify_db_settings: None) -> bool:
    """On SQLite a migrated file lies where the test database is looked for, and is taken as it is."""
    if connection.vendor != "sqlite":
        return django_db_keepdb
    lay_down(Path(connection.settings_dict["TEST"]["NAME"]))
    return True


@pytest.fixture(autouse=True)
def forget_price_lists():
    """A version keeps its price list for the life of the process; a test's versions do not outlive it."""
    tariff._PRICE_LISTS.clear()
    pricing._LISTS.clear()


@pytest.fixture(autouse=True)
def no_telling_beside_a_test(request, monkeypatch):
    """On PostgreSQL a run's progress goes by a connection of its own, which sees no uncommitted test."""
    mark = request.node.get_closest_marker("django_db")
    committed = {"transactional_db", "live_server"} & set(request.fixturenames)
    if not committed and not (mark and mark.kwargs.get("transaction")):
        monkeypatch.setattr(progress, "INTERVAL", 3600.0)


@pytest.fixture
def hall(db) -> Hall:
    return HallFactory(code="qinghe", name="青禾区政务服务中心")


@pytest.fixture
def township(hall) -> Hall:
    return HallFactory(code="liulin", name="柳林镇便民服务中心", parent=hall, level="township")


@pytest.fixture
def other_hall(db) -> Hall:
    return HallFactory(code="beiyuan", name="北原区政务服务中心")


@pytest.fixture
def admin(hall) -> User:
    return person_with("admin", hall, username="admin", name="管理员甲")


@pytest.fixture
def manager(hall) -> User:
    return person_with("manager", hall, username="manager", name="周敏")


@pytest.fixture
def second_manager(hall) -> User:
    return person_with("manager", hall, username="manager2", name="郑平")


@pytest.fixture
def officer(hall) -> User:
    return person_with("officer", hall, username="officer", name="李航")


@pytest.fixture
def leader(hall) -> User:
    return person_with("leader", hall, username="leader", name="陈国平")


@pytest.fixture
def supervisor(hall) -> User:
    return person_with("supervisor", hall, username="supervisor", name="严正")


@pytest.fixture
def inspector(hall) -> User:
    return person_with("inspector", hall, username="inspector", name="监督员07")


@pytest.fixture
def department(hall) -> Department:
    return DepartmentFactory(hall=hall, name="自然资源局")


@pytest.fixture
def window(department) -> Window:
    return WindowFactory(department=department, code="A05", name="不动产登记窗口")


@pytest.fixture
def unit(hall, department) -> User:
    user = person_with("unit", hall, username="unit", name="联系人乙")
    department.contacts.add(user)
    return user


@pytest.fixture
def clerk(hall) -> User:
    return person_with("clerk", hall, username="clerk", name="王丽")


@pytest.fixture
def staff(clerk, department, window) -> Staff:
    """The clerk as a person at window A05."""
    person = StaffFactory(department=department, no="ZW0001", name="王丽", user=clerk)
    PostingFactory(staff=person, window=window)
    return person


@pytest.fixture
def head(hall, department, window) -> User:
    """The head of window A05."""
    user = person_with("head", hall, username="head", name="赵磊")
    person = StaffFactory(department=department, no="ZW0002", name="赵磊", user=user)
    PostingFactory(staff=person, window=window, is_head=True, is_chief=True)
    return user


@pytest.fixture
def colleague(hall, department, window) -> User:
    """A second clerk of the same window."""
    user = person_with("clerk", hall, username="colleague", name="孙婷")
    person = StaffFactory(department=department, no="ZW0003", name="孙婷", user=user)
    PostingFactory(staff=person, window=window)
    return user


@pytest.fixture
def outsider(other_hall) -> User:
    """The manager of another hall, who must see nothing of ours."""
    return person_with("manager", other_hall, username="outsider", name="外人")


@pytest.fixture
def rulebook(hall) -> RulebookVersion:
    """麦积区 考核办法 in force in the hall."""
    call_command("load_rulebook", "violations/rulebooks/maiji.yaml", hall=hall.code, verbosity=0)
    return RulebookVersion.objects.get(rulebook__hall=hall)


# --- things people edit -----------------------------------------------------------------------


@pytest.fixture
def duty(hall, officer):
    return DutyDay.objects.create(hall=hall, day=timezone.localdate(), kind="manage", user=officer)


@pytest.fixture
def period(hall):
    today = timezone.localdate()
    return SpecialPeriod.objects.create(hall=hall, name="重点时段", starts_on=today, ends_on=today, rounds=4)


@pytest.fixture
def local_day(hall, manager):
    return set_local_day(hall=hall, day=date(2026, 12, 8), kind="local_off", name="停电", by=manager)


@pytest.fixture
def channel(hall, admin):
    facts = {"kind": "webhook", "name": "值班群", "host": "example.org", "events": ["record", "bulletin"]}
    return Channel.objects.create(hall=hall, sealed_url="-", created_by=admin, **facts)
