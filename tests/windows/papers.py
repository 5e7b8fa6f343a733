"""Paper rosters made for tests."""

import io
import json
from pathlib import Path

import openpyxl
from django.core.management import call_command

from trail.actors import Robot
from windows.models import Posting
from windows.services.roster_import import import_roster

DATA = Path(__file__).parent.parent / "data"
ROSTER = DATA / "花名册.xlsx"
ANSWERS = json.loads((DATA / "answers.json").read_text(encoding="utf-8"))
HEAD = [
    "楼层",
    "窗口号",
    "窗口名称",
    "派驻单位",
    "窗口类别",
    "姓名",
    "工号",
    "考勤号",
    "岗位",
    "进驻时间",
    "备注",
]
ROBOT = Robot("import_roster")


def person(no="G01", name="张三", window="101", note="", **other):
    row = dict.fromkeys(HEAD, "")
    row |= {
        "楼层": "1楼",
        "窗口号": window,
        "窗口名称": "税务窗口",
        "派驻单位": "税务局",
        "窗口类别": "行政执法",
    }
    row |= {"姓名": name, "工号": no, "岗位": "工作人员", "进驻时间": "2025-03-01", "备注": note}
    return [(row | other)[key] for key in HEAD]


def workbook(path, *rows, head=HEAD, sheets=("人员",)):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title in sheets:
        sheet = book.create_sheet(title)
        sheet.append(head)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def bring_in(path, hall, **options):
    return import_roster(path=path, hall=hall, by=ROBOT, **options)


def run_command(*args, **options):
    out = io.StringIO()
    call_command("import_roster", *args, stdout=out, stderr=io.StringIO(), **options)
    return out.getvalue()


def sitting(hall, code, day):
    return sorted(
        Posting.objects.on(day).filter(hall=hall, window__code=code).values_list("staff__name", flat=True)
    )
