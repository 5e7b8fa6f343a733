"""Parts of assembled pages: the head's people, the unit's people, the state of the settings."""

from datetime import date

import pytest

from tests.factories.windows import DepartmentFactory, PostingFactory, StaffFactory

pytestmark = pytest.mark.django_db


def page(client, user, path):
    client.force_login(user)
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


@pytest.fixture
def strangers(hall):
    """A person of another unit at another window."""
    return PostingFactory(staff__name="他局", window__department=DepartmentFactory(hall=hall))


def test_head_sees_the_own_people(client, head, staff, colleague, strangers):
    text = page(client, head, "/window/")

    assert ["王丽" in text, "孙婷" in text, "他局" in text] == [True, True, False]


def test_contact_sees_the_own_people_in_the_hall_today(client, unit, staff, strangers):
    StaffFactory(department=staff.department, name="离开者", left_on=date(2026, 1, 31))

    text = page(client, unit, "/unit/")

    assert ["王丽" in text, "他局" in text, "离开者" in text] == [True, False, False]


def test_contact_of_no_department_has_no_card(client, unit, staff, department):
    department.contacts.clear()

    assert "本单位派驻人员" not in page(client, unit, "/unit/")


def test_settings_say_what_is_on_record_and_what_is_not_published(client, admin, staff, strangers):
    text = page(client, admin, "/settings/")

    assert [words in text for words in ("2 个", "2 人", "2027年的放假安排还没有导入")] == [True, True, True]
