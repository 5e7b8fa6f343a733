"""Text size and colours in cookies, and the gallery."""

import pytest
from django.test import Client
from django.urls import reverse

LOOK = "/look/"


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "value"), [("text", "large"), ("theme", "dark"), ("theme", "light")])
def test_look_keeps_a_choice(client, name, value):
    response = client.post(LOOK, {name: value, "next": "/login/"})

    assert response.url == "/login/"
    assert client.cookies[name].value == value
    assert f'data-{name}="{value}"' in client.get("/login/").content.decode()


@pytest.mark.parametrize("value", ["", "huge", '"><script>'])
def test_look_forgets_what_is_no_choice(client, value):
    client.cookies["text"] = "large"

    client.post(LOOK, {"text": value})

    assert client.cookies["text"].value == ""


def test_look_leads_to_no_other_site(client):
    assert client.post(LOOK, {"next": "https://example.com/"}).url == "/"


@pytest.mark.django_db
def test_gallery_is_for_builders(client, manager, settings):
    client.force_login(manager)

    assert client.get(reverse("accounts:gallery")).status_code == 404

    settings.DEBUG = True
    assert client.get(reverse("accounts:gallery")).status_code == 200


@pytest.mark.django_db
def test_large_text_by_address_without_cookie(client):
    assert 'data-text="large"' in client.get("/login/?text=large").content.decode()


@pytest.mark.django_db
def test_missing_page_says_what_to_do(client):
    response = client.get("/no-such-page/")

    assert response.status_code == 404
    assert "网址可能打错了" in response.content.decode()
    assert 'action="/search/"' in response.content.decode()


@pytest.mark.django_db
def test_page_open_too_long_says_what_to_do():
    response = Client(enforce_csrf_checks=True).post("/login/", {"username": "x", "password": "y"})

    assert response.status_code == 403
    assert "刷新后再提交一次" in response.content.decode()
