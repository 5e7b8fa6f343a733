"""遮挡: what is masked is gone from what everybody sees; the original opens for few, with a reason."""

import io
import re
from uuid import uuid4

import pytest
from django.conf import settings as django_settings
from PIL import Image

from accounts.errors import NotPermitted, Refused
from tests.trail.uploads import as_upload, picture
from trail.enums import FileKind
from trail.models import AuditEntry, PhotoMask, PhotoOriginal, StoredFile
from trail.services import files, masking

RED_SQUARE = {"x": 380, "y": 380, "w": 240, "h": 240}


@pytest.fixture(autouse=True)
def everybody_of_the_hall_sees_rectification_photos(monkeypatch):
    """A kind whose record all of the hall may see, and a covert one whose masks are the supervision's."""
    rules = {
        FileKind.RECTIFICATION: files.Access(lambda user, stored: True),
        FileKind.DOCUMENT: files.Access(lambda user, stored: True, "covert.assign"),
    }
    monkeypatch.setattr(files, "_access", rules)


@pytest.fixture
def stored(hall, officer):
    kind = FileKind.RECTIFICATION
    return files.store_photo(as_upload(picture(), "现场.jpg"), hall=hall, by=officer, kind=kind)


@pytest.fixture
def hide(manager, django_capture_on_commit_callbacks):
    def mask(stored, *regions, by=manager, style="black", reason="遮挡群众"):
        with django_capture_on_commit_callbacks(execute=True):
            return masking.mask_photo(
                stored=stored, regions=regions or [RED_SQUARE], style=style, reason=reason, by=by
            )

    return mask


def reds(content):
    """How many pixels are still red."""
    raw = Image.open(io.BytesIO(content)).convert("RGB").tobytes()
    return sum(r > 150 and g < 90 and b < 90 for r, g, b in zip(*[iter(raw)] * 3, strict=True))


def served(client, user, stored, part=""):
    client.force_login(user)
    return b"".join(client.get(f"/files/{stored.pk}/{part}").streaming_content)


@pytest.mark.parametrize("style", ["black", "mosaic"])
def test_masked_part_is_gone_from_photo_and_thumbnail(client, stored, hide, clerk, style):
    assert (reds(served(client, clerk, stored)) > 0, reds(served(client, clerk, stored, "thumb/")) > 0) == (
        True,
        True,
    )
    region = RED_SQUARE if style == "black" else {"x": 100, "y": 100, "w": 800, "h": 800}

    hide(stored, region, style=style)

    if style == "black":
        assert (reds(served(client, clerk, stored)), reds(served(client, clerk, stored, "thumb/"))) == (0, 0)
    image = Image.open(io.BytesIO(served(client, clerk, stored)))
    colours = image.crop((400, 300, 401, 301)).getcolors()
    assert (image.size, colours != [(1, (255, 0, 0))]) == ((800, 600), True)


def test_mosaic_leaves_a_few_tiles_with_noise(hall, manager):
    mask = PhotoMask(regions=[{"x": 0, "y": 0, "w": 1000, "h": 1000}], style="mosaic")

    one, two = (masking.masked(picture(), [mask]) for _ in range(2))

    assert len(one.getcolors()) <= 8 * 6
    assert one.tobytes() != two.tobytes()


def test_old_bytes_are_nowhere_in_the_folder_of_files(stored, hide):
    old = [stored.blob.path, stored.thumbnail.path]
    before = open(old[0], "rb").read()  # noqa: SIM115

    hide(stored)

    folder = django_settings.MEDIA_ROOT / str(stored.hall_id)
    left = [path.read_bytes() for path in folder.rglob(f"{stored.pk.hex}*")]
    assert (len(left), before in left) == (2, False)
    stored.refresh_from_db()
    assert stored.blob.path not in old


def test_original_lies_apart_for_our_process_alone(stored, hide):
    hide(stored)

    original = PhotoOriginal.objects.get()
    path = django_settings.MEDIA_ROOT / original.blob.name
    assert (path.stat().st_mode & 0o077, path.parent.stat().st_mode & 0o077) == (0, 0)
    assert reds(path.read_bytes()) > 0
    assert path.parts[-3] == "originals"


def test_second_mask_keeps_the_first_and_is_drawn_from_the_original(client, stored, hide, clerk):
    hide(stored)
    hide(stored, {"x": 0, "y": 0, "w": 100, "h": 100})

    image = Image.open(io.BytesIO(served(client, clerk, stored)))
    assert max(image.getpixel((400, 300))) < 40
    assert max(image.getpixel((20, 20))) < 40
    assert min(image.getpixel((780, 580))) > 240
    assert PhotoOriginal.objects.count() == 1


def test_lifted_mask_shows_what_it_hid_unless_another_hides_it(client, stored, hide, manager, clerk):
    first = hide(stored)
    second = hide(stored, {"x": 0, "y": 0, "w": 100, "h": 100})

    masking.lift_mask(mask=first, reason="遮错了人", by=manager)
    assert reds(served(client, clerk, stored)) > 0
    masking.lift_mask(mask=second, reason="都不遮了", by=manager)

    stored.refresh_from_db()
    assert stored.sha256 == PhotoOriginal.objects.get().sha256
    with pytest.raises(Refused, match="已经撤销"):
        masking.lift_mask(mask=second, reason="再来", by=manager)
    rows = AuditEntry.objects.filter(target_id=str(stored.pk)).order_by("pk")
    assert [(row.action, row.by.username, row.reason) for row in rows] == [
        ("photo.masked", "manager", "遮挡群众"),
        ("photo.masked", "manager", "遮挡群众"),
        ("photo.unmasked", "manager", "遮错了人"),
        ("photo.unmasked", "manager", "都不遮了"),
    ]


def test_failed_mask_leaves_everything_as_it_was(client, stored, manager, clerk, monkeypatch):
    monkeypatch.setattr(masking, "_show", lambda *a: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        masking.mask_photo(stored=stored, regions=[RED_SQUARE], style="black", reason="x", by=manager)

    assert (PhotoOriginal.objects.count(), PhotoMask.objects.count()) == (0, 0)
    assert reds(served(client, clerk, stored)) > 0
    assert list((django_settings.MEDIA_ROOT / "originals").rglob(f"{stored.pk.hex}*")) == []


# --- who may ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["officer", "clerk", "head", "leader", "supervisor", "admin", "outsider"])
def test_masking_is_for_the_manager(client, request, stored, name):
    user = request.getfixturevalue(name)
    client.force_login(user)

    with pytest.raises(NotPermitted):
        masking.mask_photo(stored=stored, regions=[RED_SQUARE], style="black", reason="x", by=user)
    assert client.get(f"/files/{stored.pk}/mask/").status_code in (403, 404)
    ask = {"regions": [RED_SQUARE], "reason": "x"}
    answer = client.post(f"/api/v1/files/{stored.pk}/mask/", ask, content_type="application/json")
    assert (answer.status_code in (403, 404), PhotoMask.objects.count()) == (True, 0)


def test_covert_photo_is_masked_by_the_supervision(hall, officer, manager, supervisor, hide):
    kind = FileKind.DOCUMENT
    covert = files.store_photo(as_upload(picture()), hall=hall, by=officer, kind=kind)

    with pytest.raises(NotPermitted):
        hide(covert, by=manager)
    assert hide(covert, by=supervisor).by == supervisor


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("manager", 200),
        ("supervisor", 200),
        ("clerk", 403),
        ("officer", 403),
        ("leader", 403),
        ("outsider", 404),
    ],
)
def test_original_opens_for_few_and_each_look_is_logged(client, request, stored, hide, name, status):
    hide(stored)
    client.force_login(request.getfixturevalue(name))

    url, looked = f"/files/{stored.pk}/original/", AuditEntry.objects.filter(action="photo.original_opened")
    assert client.get(url).status_code == status
    answers = [client.post(url, {"reason": "复核申诉"}), client.post(f"/api/v1{url}", {"reason": "复核申诉"})]

    assert [answer.status_code for answer in answers] == [status, status]
    assert [(row.by.username, row.reason) for row in looked] == [(name, "复核申诉")] * (2 * (status == 200))
    if status == 200:
        assert [reds(answer.content) > 0 for answer in answers] == [True, True]
        assert answers[0].headers["Cache-Control"] == "no-store"


def test_original_without_a_reason_stays_closed(client, stored, hide, supervisor):
    hide(stored)
    client.force_login(supervisor)

    page = client.post(f"/files/{stored.pk}/original/", {"reason": " "})

    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "请写明理由" in page.content.decode()
    assert AuditEntry.objects.filter(action="photo.original_opened").count() == 0


def test_photo_without_a_mask_has_no_original(client, stored, manager):
    client.force_login(manager)

    assert client.get(f"/files/{stored.pk}/original/").status_code == 404
    assert client.post(f"/api/v1/files/{stored.pk}/original/", {"reason": "x"}).status_code == 409


# --- the page and the API ---------------------------------------------------------------------


def test_page_takes_numbers_without_script(client, stored, manager, clerk):
    client.force_login(manager)
    place = f"/files/{stored.pk}/mask/"
    typed = {"x": ["38", ""], "y": ["38", ""], "w": ["24", ""], "h": ["24", ""], "style": "black"}

    more = client.post(place, {**typed, "more": "1"})
    assert more.content.decode().count('name="x"') == 3
    done = client.post(place, {**typed, "reason": "遮脸", "next": "/findings/"})

    assert (done.status_code, done.headers["Location"]) == (302, f"{place}?next=%2Ffindings%2F")
    assert PhotoMask.objects.get().regions == [RED_SQUARE]
    assert reds(served(client, clerk, stored)) == 0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"x": "", "y": "", "w": "", "h": ""}, "至少框出一处"),
        ({"x": "99.9"}, "框得太小"),
        ({"w": "abc"}, "写明左、上、宽、高"),
        ({"h": "nan"}, "写明左、上、宽、高"),
        ({"x": "1e999"}, "写明左、上、宽、高"),
        ({"reason": ""}, "请写明理由"),
        ({"style": "blur"}, "blur"),
    ],
)
def test_page_says_what_is_wrong_and_keeps_what_was_typed(client, stored, manager, change, words):
    client.force_login(manager)
    data = {"x": "38", "y": "38", "w": "24", "h": "24", "style": "black", "reason": "遮脸", **change}

    page = client.post(f"/files/{stored.pk}/mask/", data)

    text = page.content.decode()
    assert (page.status_code, words in text, PhotoMask.objects.count()) == (200, True, 0)
    assert f'value="{data["y"]}"' in text


def test_region_over_the_edge_ends_at_the_edge(stored, hide):
    region = {"x": -50, "y": 900, "w": 200, "h": 500}

    assert hide(stored, region).regions == [{"x": 0, "y": 900, "w": 150, "h": 100}]


def test_page_leads_back_to_our_own_places_only(client, stored, manager):
    client.force_login(manager)

    page = client.get(f"/files/{stored.pk}/mask/?next=https://evil.example/")

    assert "evil.example" not in page.content.decode()


def test_api_masks_and_lifts(client, stored, manager):
    client.force_login(manager)
    place = f"/api/v1/files/{stored.pk}/"
    ask = {"regions": [RED_SQUARE], "style": "mosaic", "reason": "遮脸"}

    made = client.post(f"{place}mask/", ask, content_type="application/json")
    masked = client.get(place).json()
    lifted = client.post(f"{place}lift/", {"mask": made.json()["id"], "reason": "错"})

    assert (made.status_code, made.json()["by"], masked["is_masked"]) == (201, "manager", True)
    assert (lifted.status_code, lifted.json()["is_masked"]) == (200, False)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"regions": [], "reason": "x"},
        {"regions": [{"x": 1}], "reason": "x"},
        {"regions": [{"x": 999, "y": 0, "w": 1, "h": 1}], "reason": "x"},
        {"regions": [RED_SQUARE] * 21, "reason": "x"},
        {"regions": [RED_SQUARE], "reason": ""},
        {"regions": "all", "reason": "x"},
    ],
)
def test_api_refuses_what_makes_no_sense(client, stored, manager, body):
    client.force_login(manager)

    answer = client.post(f"/api/v1/files/{stored.pk}/mask/", body, content_type="application/json")

    assert (answer.status_code in (400, 422), PhotoMask.objects.count()) == (True, 0)


# --- fetching ---------------------------------------------------------------------------------


def test_file_is_fetched_with_headers_that_let_it_do_nothing(client, stored, clerk):
    client.force_login(clerk)

    answer = client.get(f"/files/{stored.pk}/")

    assert {
        name: answer.headers[name]
        for name in ("Content-Type", "X-Content-Type-Options", "Content-Security-Policy", "Cache-Control")
    } == {
        "Content-Type": "image/jpeg",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, no-cache",
    }
    assert answer.headers["Content-Disposition"] == "inline; filename*=utf-8''%E7%8E%B0%E5%9C%BA.jpg"


def test_attachment_is_handed_down_not_shown(client, hall, officer):
    content = b"%PDF-1.7\n1 0 obj << >>\n%%EOF\n"
    stored = files.store_attachment(
        as_upload(content, '说明"\r\nX: y.pdf'), hall=hall, by=officer, kind=FileKind.STATEMENT
    )
    client.force_login(officer)

    answer = client.get(f"/files/{stored.pk}/")

    assert answer.headers["Content-Disposition"].startswith("attachment; filename*=utf-8''%E8%AF%B4%E6%98%8E")
    assert re.search(r"[\r\n]", answer.headers["Content-Disposition"]) is None


def test_browser_keeps_a_photo_until_it_is_masked(client, stored, hide, clerk):
    client.force_login(clerk)
    etag = client.get(f"/files/{stored.pk}/").headers["ETag"]

    assert client.get(f"/files/{stored.pk}/", HTTP_IF_NONE_MATCH=etag).status_code == 304
    hide(stored)
    assert client.get(f"/files/{stored.pk}/", HTTP_IF_NONE_MATCH=etag).status_code == 200


def test_guessed_names_find_nothing(client, stored, manager, outsider):
    """Neither another's number nor a path below the folder of files, and there is no list."""
    client.force_login(manager)
    near = f"{str(stored.pk)[:-1]}{'0' if str(stored.pk)[-1] != '0' else '1'}"
    guesses = [
        f"/files/{uuid4()}/",
        f"/files/{near}/",
        "/files/",
        f"/files/{stored.blob.name}",
        f"/media/{stored.blob.name}",
        f"/files/originals/{stored.hall_id}/{stored.pk.hex}.jpg",
        f"/static/../files/{stored.blob.name}",
        f"/files/{stored.pk}/../../../db.sqlite3",
        "/files/%2e%2e/%2e%2e/secret_key",
        "/api/v1/files/",
    ]
    assert {client.get(guess).status_code for guess in guesses} == {404}

    client.force_login(outsider)
    for part in ("", "thumb/", "mask/", "original/"):
        assert client.get(f"/files/{stored.pk}/{part}").status_code == 404
    assert client.get(f"/api/v1/files/{stored.pk}/").status_code == 404


def test_places_on_disk_cannot_be_guessed(hall, officer, stored):
    other = files.store_photo(
        as_upload(picture(), "现场.jpg"), hall=hall, by=officer, kind=FileKind.RECTIFICATION
    )

    assert re.fullmatch(rf"{hall.pk}/[0-9a-f]{{2}}/[0-9a-f]{{32}}\.jpg", stored.blob.name)
    assert stored.blob.name.split("/")[-1] != other.blob.name.split("/")[-1]
    assert StoredFile.objects.count() == 2
