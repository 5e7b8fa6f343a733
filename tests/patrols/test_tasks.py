"""/t/: the inspector's page, before covert tasks can be given out."""

import pytest

pytestmark = pytest.mark.django_db


def test_inspector_finds_an_honest_page_that_does_not_name_the_hall(client, inspector, hall):
    client.force_login(inspector)

    body = client.get("/t/").content.decode()

    assert ("目前没有派给你的任务" in body, hall.name in body) == (True, False)


@pytest.mark.parametrize("role", ["manager", "officer", "clerk", "leader"])
def test_tasks_are_closed_to_others(request, client, role):
    client.force_login(request.getfixturevalue(role))

    assert client.get("/t/").status_code == 403
