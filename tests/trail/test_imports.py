"""Paper files from the page and the API: checked first, then brought in, each as a long run."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from attendance.models import Leave, Punch
from tests.windows.papers import DATA, ROSTER, person, workbook
from trail.models import ImportRun, LongRun
from windows.models import Staff

PAGE = "/settings/import/"


def upload(path):
    return SimpleUploadedFile(path.name, path.read_bytes())


def check(client, path, query="", **more):
    """Upload a file and return its check."""
    client.post(f"{PAGE}{query}", {"file": upload(path), **more})
    return LongRun.objects.latest("pk")


def body(response):
    return response.content.decode()


def test_roster_is_looked_at_before_it_is_kept(client, manager, hall):
    client.force_login(manager)

    looked = check(client, ROSTER, month="2026-10")
    before = Staff.objects.count()
    answer = client.post(looked.url)
    kept = LongRun.objects.latest("pk")

    assert (looked.status, looked.detail["created"], before) == ("done", 93, 0)
    assert looked.words.startswith("检查完了，还没有保存：新增 93 人")
    assert (answer.headers["Location"], kept.status) == (kept.get_absolute_url(), "done")
    assert (kept.url, kept.total) == ("/settings/people/?hall=qinghe", 93)
    assert Staff.objects.filter(hall=hall).count() == 93


def test_who_watches_the_check_is_led_to_what_it_found(client, manager):
    client.force_login(manager)
    looked = check(client, ROSTER)

    watched = client.get(looked.get_absolute_url(), headers={"HX-Request": "true"})

    assert watched.headers["HX-Redirect"] == looked.url


def test_roster_with_bad_rows_shows_them(client, manager, tmp_path):
    client.force_login(manager)

    looked = check(client, workbook(tmp_path / "a.xlsx", person(), person(no="")))

    assert ("缺少工号" in body(client.get(looked.url)), looked.detail["created"]) == (True, 1)


def test_all_or_nothing_offers_no_confirmation_and_keeps_nothing(client, manager, tmp_path):
    client.force_login(manager)
    path = workbook(tmp_path / "a.xlsx", person(), person(no=""))

    looked = check(client, path, all_or_nothing="on")
    page = body(client.get(looked.url))
    client.post(looked.url)
    kept = LongRun.objects.latest("pk")

    assert ("确认导入" in page, kept.status, Staff.objects.count()) == (False, "failed", 0)
    assert [row["row"] for row in kept.detail["rejected"]] == [3]


def test_unreadable_file_is_told(client, manager):
    client.force_login(manager)

    client.post(PAGE, {"file": SimpleUploadedFile("a.xlsx", b"%PDF-1.4")})

    run = LongRun.objects.get()
    assert (run.status, "是PDF 文档" in run.words) == ("failed", True)


def test_check_of_another_person_is_not_confirmed(client, manager, admin):
    client.force_login(manager)
    looked = check(client, ROSTER)
    client.force_login(admin)

    assert (client.post(looked.url).status_code, Staff.objects.count()) == (404, 0)


def test_upload_that_has_gone_is_told(client, manager, settings, tmp_path):
    client.force_login(manager)
    looked = check(client, ROSTER)
    settings.DATA_DIR = tmp_path

    client.post(looked.url)

    run = LongRun.objects.latest("pk")
    assert (run.status, run.words) == ("failed", "上传的文件已过期，请重新选择文件。")


def test_parent_hall_imports_into_a_township(client, manager, township):
    client.force_login(manager)

    looked = check(client, ROSTER, f"?hall={township.code}")
    client.post(looked.url)

    assert Staff.objects.filter(hall=township).count() == 93


@pytest.fixture
def people(client, manager):
    """The roster's people, so that other papers find them."""
    client.force_login(manager)
    client.post(check(client, ROSTER, month="2026-10").url)


@pytest.mark.parametrize(
    ("kind", "file", "model", "count"),
    [("punches", "attlog.dat", Punch, 6558), ("leave", "请假外出台账.xlsx", Leave, None)],
)
def test_other_papers_come_in_the_same_way(client, people, kind, file, model, count):
    looked = check(client, DATA / file, f"?kind={kind}", month="2026-10")
    assert model.objects.count() == 0

    client.post(looked.url)

    assert model.objects.count() == (count or looked.detail["created"])
    assert ImportRun.objects.filter(kind=kind).count() == 1


def test_patrol_ledger_is_for_who_confirms(client, people, manager, admin, rulebook):
    looked = check(client, DATA / "巡查记录.csv", "?kind=patrols", month="2026-10")
    client.force_login(admin)

    assert looked.detail["created"] > 0
    assert client.get(f"{PAGE}?kind=patrols").status_code == 404
    assert client.get(PAGE).status_code == 200


def test_api_answers_with_the_run(client, manager):
    client.force_login(manager)

    asked = client.post("/api/v1/imports/", {"kind": "roster", "file": upload(ROSTER), "month": "2026-10"})
    run = client.get(asked.headers["Location"]).json()
    listed = client.get("/api/v1/imports/").json()["results"]

    assert (asked.status_code, run["status"], run["detail"]["created"]) == (202, "done", 93)
    assert [(row["kind"], row["created"]) for row in listed] == [("roster", 93)]


@pytest.mark.parametrize("data", [{"kind": "nothing"}, {"kind": "roster"}, {"kind": "roster", "month": "x"}])
def test_api_says_what_is_missing(client, manager, data):
    client.force_login(manager)

    assert client.post("/api/v1/imports/", data).status_code == 400
