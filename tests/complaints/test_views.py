"""/voice/ before anything can come in: an honest page for those who will work with it."""

import pytest

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("role", ["manager", "officer", "leader", "supervisor"])
def test_voice_says_what_will_be_here(request, client, role):
    client.force_login(request.getfixturevalue(role))

    page = client.get("/voice/")

    assert page.status_code == 200
    assert "还没有评价和投诉" in page.content.decode()


@pytest.mark.parametrize("role", ["admin", "head", "clerk", "inspector", "unit"])
def test_voice_is_closed_to_others(request, client, role):
    client.force_login(request.getfixturevalue(role))

    assert client.get("/voice/").status_code == 403


def test_voice_sends_strangers_to_the_login(client):
    assert client.get("/voice/").status_code == 302
