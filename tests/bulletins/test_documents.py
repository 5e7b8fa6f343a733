import io
import zipfile
from xml.etree import ElementTree

import pytest
from docx import Document
from docx.oxml.ns import qn
from docx.shared import Twips

from bulletins.documents.gbt import Look, Paper, clean
from bulletins.documents.issue import issue_docx
from bulletins.documents.letter import letter_docx
from bulletins.presenters import content_of
from bulletins.services.drafting import draft_bulletin
from tests.factories.bulletins import counting_record, issue
from trail.actors import Robot


@pytest.fixture
def content(hall, rulebook, manager, leader, staff):
    counting_record(hall, since="2026-11-18 10:00", by=manager, staff=staff)
    counting_record(
        hall, since="2026-11-18 11:00", by=manager, staff=staff, is_bonus=True, note="群众送锦旗 <1> & 致谢"
    )
    return issue(hall, "2026-W47", writer=manager, signer=leader).content


@pytest.fixture
def document(content):
    return Document(io.BytesIO(issue_docx(content)))


def fonts(run):
    found = run._r.rPr.find(qn("w:rFonts"))
    return {found.get(qn(f"w:{kind}")) for kind in ("ascii", "hAnsi", "eastAsia")}


def paragraph(document, start):
    return next(p for p in document.paragraphs if p.text.startswith(start))


def test_page_is_a4_with_the_margins_of_the_standard(document):
    section = document.sections[0]

    assert (section.page_width, section.page_height) == (Twips(11906), Twips(16838))
    assert [section.top_margin, section.left_margin, section.right_margin, section.bottom_margin] == [
        Twips(2098),
        Twips(1588),
        Twips(1474),
        Twips(1984),
    ]


def test_page_has_lines_but_no_character_grid(document):
    grid = document.sections[0]._sectPr.find(qn("w:docGrid"))

    assert (grid.get(qn("w:type")), grid.get(qn("w:linePitch"))) == ("lines", "579")


@pytest.mark.parametrize(
    ("start", "font", "size"),
    [
        ("大厅巡查周通报", "方正小标宋简体", 40),
        ("关于11月16日至20日", "方正小标宋简体", 22),
        ("按照日巡查", "仿宋_GB2312", 16),
        ("一、", "黑体", 16),
        ("抄送", "仿宋_GB2312", 14),
    ],
)
def test_type_carries_its_official_name(document, start, font, size):
    run = paragraph(document, start).runs[0]

    assert (fonts(run), run.font.size.pt) == ({font}, size)


def test_body_has_exact_lines_tracking_and_a_two_character_indent(document):
    body = paragraph(document, "按照日巡查")
    spacing, indent = body._p.pPr.find(qn("w:spacing")), body._p.pPr.find(qn("w:ind"))

    assert (spacing.get(qn("w:line")), spacing.get(qn("w:lineRule"))) == ("579", "exact")
    assert (indent.get(qn("w:firstLineChars")), indent.get(qn("w:firstLine"))) == ("200", "640")
    assert body.runs[0]._r.rPr.find(qn("w:spacing")).get(qn("w:val")) == "-5"


def test_masthead_shrinks_with_its_length():
    paper = Paper(title="", author="")
    paper.masthead("某某市某某区政务服务中心大厅巡查工作周通报")

    size = paper.document.paragraphs[0].runs[0].font.size.pt

    assert size == pytest.approx(440 / 21, abs=0.5)


def test_table_repeats_its_head_and_keeps_its_widths(document):
    table = document.tables[0]
    first = table.rows[0]._tr.trPr

    assert [cell.text for cell in table.rows[0].cells] == ["日期", "窗口、人员", "事项", "扣分", "状态"]
    assert [cell.text for cell in table.rows[1].cells] == [
        "11月18日",
        "A05 不动产登记窗口 王丽",
        "无故离岗",
        "−2",
        "已确认",
    ]
    assert (first.find(qn("w:tblHeader")) is not None, first.find(qn("w:cantSplit")) is not None) == (
        True,
        True,
    )
    grid = [int(column.get(qn("w:w"))) for column in table._tbl.tblGrid.findall(qn("w:gridCol"))]
    assert (grid, sum(grid)) == ([1250, 3044, 2450, 900, 1200], 8844)


def test_page_numbers_stand_outside(document):
    section = document.sections[0]
    odd, even = section.footer.paragraphs[0], section.even_page_footer.paragraphs[0]

    assert document.settings.odd_and_even_pages_header_footer is True
    assert [odd.alignment, even.alignment] == [2, 0]
    assert [p.text for p in (odd, even)] == ["— 1 —", "— 1 —"]
    assert "PAGE" in odd._p.xml


def test_text_is_that_of_the_page(document, content):
    said = ["".join(run["text"] for run in runs) for s in content["sections"] for runs in s["sentences"]]
    texts = [p.text for p in document.paragraphs]

    assert [sentence for sentence in said if sentence not in texts] == []
    assert "2026年11月23日" in texts


def test_markup_in_words_comes_out_as_words(document):
    assert "群众送锦旗 <1> & 致谢" in paragraph(document, "A05 不动产登记窗口王丽").text


@pytest.mark.parametrize("name", ["䶮喆堃", "𬱖珺祎", "镕翀㛃昇"])
def test_rare_characters_of_names_stay(name):
    paper = Paper(title=name, author=name)
    paper.say(name)

    assert Document(io.BytesIO(paper.as_bytes())).paragraphs[0].text == name


def test_control_characters_are_left_out():
    assert clean("王\x00丽\x0b<&>\x1f䶮\ufffe") == "王丽<&>䶮"


def test_parts_are_well_formed_and_hold_no_picture(content):
    with zipfile.ZipFile(io.BytesIO(issue_docx(content))) as parts:
        names = parts.namelist()
        for name in names:
            if name.endswith((".xml", ".rels")):
                ElementTree.fromstring(parts.read(name))  # noqa: S314 - our own file

    assert [name for name in names if "media" in name] == []


def test_draft_says_that_it_is_one(hall, rulebook):
    draft = draft_bulletin(hall=hall, iso_week="2026-W47", by=Robot("weekly_bulletin"))

    document = Document(io.BytesIO(issue_docx(content_of(draft))))

    assert paragraph(document, "（草稿）").text == "（草稿）"


def test_letter_has_a_red_head_and_its_number():
    content = {
        "hall": {"name": "青禾区政务服务中心"},
        "masthead": "青禾区政务服务中心",
        "reference": "青政服函〔2026〕17号",
        "title": "关于吴凯同志被通报情况的反馈函",
        "addressee": "税务局：",
        "paragraphs": ["正文一段。"],
        "closing": "请于12月7日前将处理情况函复我中心。",
        "dated": "2026-11-03",
    }

    document = Document(io.BytesIO(letter_docx(content)))

    head = paragraph(document, "青禾区政务服务中心")
    assert (str(head.runs[0].font.color.rgb), head.paragraph_format.space_before) == ("FF0000", Twips(1984))
    texts = [p.text for p in document.paragraphs]
    assert [text for text in texts if text in ("青政服函〔2026〕17号", "税务局：", "2026年11月3日")] == [
        "青政服函〔2026〕17号",
        "税务局：",
        "2026年11月3日",
    ]


def test_look_without_indent_says_nothing_of_it():
    paper = Paper(title="", author="")
    paper.say("顶格", Look())

    assert paper.document.paragraphs[0]._p.pPr.find(qn("w:ind")) is None
