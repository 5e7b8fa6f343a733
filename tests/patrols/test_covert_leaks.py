"""Whatever a person of the hall may open, it never says who went on a covert visit, nor at what hour.

Every address that answers a reading request is asked, as each role, after a whole life of a task: given out,
reported with a photo, sent back, reported again, adopted, answered, appealed against, the identity looked at.
"""

from __future__ import annotations

import io
import zipfile

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.models import User
from patrols.services.covert_identity import open_identity
from patrols.services.covert_reports import return_report
from tests.addresses import ROUTES, address
from tests.factories.accounts import person_with
from tests.factories.covert import adopted, given, reported
from tests.factories.patrols import photo
from tests.sweep_world import build_world
from trail.models import StoredFile
from trail.services.exports import all_exports
from trail.services.outbox import hand_over
from violations.models import ConductRecord
from violations.services.appeals import file_appeal
from violations.services.ledger import accept_record
from violations.services.rectify import order_rectification

pytestmark = pytest.mark.django_db
NAME, LOGIN = "孟雪晴", "volunteer-mxq"
SECRETS = (NAME, LOGIN, "09:43", "9:43", "T01:43", "IMG_20261124_094312", "假扮外地客商", "客商测评")
"""Name, login, the hour of the visit by the hall's clock and by ours, the phone's photo, script and title."""
HALL = ("manager", "officer", "leader", "head", "clerk", "colleague", "unit", "admin")
SEARCHED = (NAME, LOGIN, "AF-", "客商")
QUIET = ("/logout/", "/api/v1/schema/", "/api/v1/docs/")
KEEPS_ACCOUNTS = (
    "/settings/accounts/",
    "/api/v1/accounts/",
    "/exports/accounts.",
    "/search/",
    "/api/v1/search/",
)
READS_AUDIT = ("/audit/", "/api/v1/audit/", "/exports/audit.")


@pytest.fixture
def world(request):
    with time_machine.travel("2026-11-24T09:00:00+08:00", tick=True):
        world = build_world(request)
        hall, supervisor = world["cast"]["hall"], world["cast"]["supervisor"]
        volunteer = person_with("inspector", hall, username=LOGIN, name=NAME)
        task = given(hall, by=supervisor, to=volunteer, title="客商测评", script="假扮外地客商问迁入。")
    record, appeal = _life_of(task, world["cast"], volunteer, supervisor)
    with time_machine.travel("2026-11-25T15:00:00+08:00", tick=True):
        hand_over(timezone.now())
        yield world | {"task": task, "record": record.pk, "appeal": appeal.pk}


def _life_of(task, cast, volunteer, supervisor):
    visit = {"at": timezone.datetime.fromisoformat("2026-11-24T09:43:12+08:00")}
    upload = photo("IMG_20261124_094312.jpg")
    with time_machine.travel("2026-11-24T13:20:00+08:00", tick=True):
        reported(task, cast["window"], by=volunteer, uploads=[upload], **visit)
        return_report(task=task, by=supervisor, words="补写经过")
    with time_machine.travel("2026-11-24T18:20:00+08:00", tick=True):
        reported(task, cast["window"], by=volunteer, **visit)
    with time_machine.travel("2026-11-25T14:00:00+08:00", tick=True):
        records = adopted(task, by=supervisor, staff=cast["staff"])
        order_rectification(record=records[1], by=cast["manager"])
        accept_record(record=records[0], by=cast["clerk"])
        record = ConductRecord.objects.get(pk=records[0].pk)
        appeal = file_appeal(record=record, by=cast["clerk"], words="我在岗")
        open_identity(task=task, appeal=appeal.pk, reason="核对", by=supervisor)
    return record, appeal


def signed_in(user: User) -> Client:
    client = Client(raise_request_exception=False)  # files of some lists ask for more in their address
    client.force_login(user)
    return client


def text_of(answer) -> str:
    """All that came, also from inside an .xlsx."""
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if content[:2] != b"PK":
        return content.decode(errors="ignore")
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return "".join(book.read(name).decode(errors="ignore") for name in book.namelist())


def addresses(world):
    """Every address with something of our hall behind it, files of every list, and searches."""
    yield from (
        address(route, world) for route, _ in ROUTES if "<format>" not in route and route not in QUIET
    )
    yield from (f"/exports/{export.kind.key}.{form}" for export in all_exports() for form in ("csv", "xlsx"))
    yield from (f"/{door}?q={words}" for words in SEARCHED for door in ("search/", "api/v1/search/"))
    yield from (
        f"/{kind}/?q={words}" for words in SEARCHED for kind in ("findings", "appeals", "audit", "inbox")
    )
    yield from (
        f"/findings/{pk}/"
        for pk in ConductRecord.objects.filter(source="covert").values_list("pk", flat=True)
    )
    for pk in StoredFile.objects.filter(kind="covert_photo").values_list("pk", flat=True):
        yield from (f"/files/{pk}/", f"/api/v1/files/{pk}/", f"/files/{pk}/mask/", f"/files/{pk}/original/")


def is_rightly_told(role, url, secret) -> bool:
    """The administrator keeps accounts and reads the audit; a search says what was asked for."""
    if f"q={secret}" in url:
        return True
    if role != "admin":
        return False
    return url.startswith(READS_AUDIT if secret.startswith("AF-") else KEEPS_ACCOUNTS)


@pytest.mark.parametrize("role", HALL)
def test_no_page_file_or_answer_of_the_hall_tells_who_went_or_when(world, role):
    client = signed_in(world["cast"][role])
    answers = {url: client.get(url) for url in addresses(world)}
    opened = {url: text_of(answer) for url, answer in answers.items() if answer.status_code == 200}
    leaks = [
        (url, secret)
        for url, text in opened.items()
        for secret in (*SECRETS, world["task"].number)
        if secret in text and not is_rightly_told(role, url, secret)
    ]

    assert leaks == []
    assert len(opened) > 20
    assert (f"/findings/{world['record']}/" in opened) == (role not in ("admin", "colleague"))


def test_the_one_concerned_sees_what_was_seen_and_the_photo(world):
    client = signed_in(world["cast"]["clerk"])
    body = client.get(f"/findings/{world['record']}/").content.decode()
    stored = StoredFile.objects.get(kind="covert_photo")

    assert ("督查（暗访）" in body, "窗口人员在岗吗：否" in body, "11月24日" in body) == (True, True, True)
    assert client.get(stored.get_absolute_url()).status_code == 200


def test_the_manager_does_not_look_behind_the_mask_of_a_covert_photo(world):
    from trail.services.masking import may_mask, may_open_original  # noqa: PLC0415

    stored, cast = StoredFile.objects.get(kind="covert_photo"), world["cast"]

    assert [may_open_original(cast[role], stored) for role in ("manager", "supervisor")] == [False, True]
    assert [may_mask(cast[role], stored) for role in ("manager", "supervisor")] == [False, True]


def test_the_supervision_reads_the_look_in_the_audit_without_the_name(world):
    client = signed_in(world["cast"]["supervisor"])
    body = client.get("/audit/?action=covert.identity_opened").content.decode()

    assert ("查看监督员身份" in body, NAME in body, LOGIN in body) == (True, False, False)


def test_not_even_the_supervision_reads_who_went_on_its_own_pages(world):
    client = signed_in(world["cast"]["supervisor"])
    urls = [
        url
        for url in addresses(world)
        if not url.startswith(("/covert/new/", "/api/v1/covert-tasks/inspectors"))
    ]
    found = [url for url in urls if f"q={NAME}" not in url and NAME in text_of(client.get(url))]

    assert found == []
