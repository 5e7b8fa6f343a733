"""公文版式: page, type and paragraphs of GB/T 9704-2012, as measured in Word and LibreOffice.

The type area of 156 × 225 mm holds 22 lines of 28 characters: lines of exactly 28.95 pt, characters
drawn together by 0.25 pt, no character grid. Fonts carry their official names; none is embedded.
A place for the seal is left; a seal is never drawn.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Emu, Pt, RGBColor, Twips

SONG_TITLE, FANGSONG, HEI, KAI, SONG = "方正小标宋简体", "仿宋_GB2312", "黑体", "楷体_GB2312", "宋体"
PAGE = {"width": 11906, "height": 16838, "top": 2098, "left": 1588, "right": 1474, "bottom": 1984}
"""A4 and its margins in twips: 37, 28, 26 and 35 mm."""
TYPE_WIDTH = PAGE["width"] - PAGE["left"] - PAGE["right"]
FOOTER_DISTANCE = 1361
"""24 mm: the dash of the page number then stands 7 mm below the type area."""
LINE = 579
"""28.95 pt in twips."""
BODY, TITLE, FOUR = 16, 22, 14
"""三号, 二号 and 四号 in points."""
TRACKING = -5
"""Twentieths of a point between characters."""
RED = RGBColor(0xFF, 0x00, 0x00)
MASTHEAD_LARGEST, MASTHEAD_WIDTH = 40, 440
ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
"""What XML does not take; everything else, rare characters of names included, stays."""

LEFT, CENTRE, RIGHT = WD_ALIGN_PARAGRAPH.LEFT, WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT
BOTH = WD_ALIGN_PARAGRAPH.JUSTIFY


def clean(text: str) -> str:
    """The text without characters a document must not hold."""
    return ILLEGAL.sub("", text)


def date_words(day: date) -> str:
    """2026年11月3日: Arabic, the year in full, nothing padded."""
    return f"{day.year}年{day.month}月{day.day}日"


@dataclass(frozen=True)
class Look:
    """Type of a paragraph; `chars` is the first-line indent in characters."""

    font: str = FANGSONG
    size: float = BODY
    align: Any = BOTH
    chars: int = 0
    line: int = LINE
    before: int = 0
    after: int = 0
    red: bool = False
    left: int = 0
    right: int = 0
    keep_next: bool = False


PARAGRAPH = Look(chars=2)
HEADING = Look(font=HEI, chars=2, keep_next=True)


class Paper:
    """A document under construction."""

    def __init__(self, *, title: str, author: str) -> None:
        self.document = Document()
        self._defaults()
        self._page()
        core = self.document.core_properties
        core.title, core.author, core.comments = clean(title), clean(author), ""
        core.language = "zh-CN"

    def say(self, text: str, look: Look = PARAGRAPH) -> Any:
        """Add a paragraph."""
        paragraph = self.document.add_paragraph()
        dress(paragraph, look)
        type_in(paragraph, text, look)
        return paragraph

    def masthead(self, text: str, *, before: int = 0) -> None:
        """发文机关标志: red, centred, as large as its length allows on one line."""
        size = min(MASTHEAD_LARGEST, MASTHEAD_WIDTH / max(len(text), 1))
        line = int(size * 20 * 1.35)
        self.say(text, Look(SONG_TITLE, size, CENTRE, line=line, before=before, red=True))

    def rule(self, *, red: bool = True) -> None:
        """A line as wide as the type area."""
        paragraph = self.say("", Look(size=4, line=80))
        border(paragraph, "bottom", 12 if red else 6, "FF0000" if red else "000000")

    def title(self, text: str) -> None:
        """标题: two lines below what stands above it."""
        self.say(text, Look(SONG_TITLE, TITLE, CENTRE, line=640, before=LINE, after=LINE // 2))

    def gap(self, lines: int = 1) -> None:
        """Empty lines."""
        for _ in range(lines):
            self.say("", Look())

    def table(self, head: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int]) -> Any:
        """A table with fixed widths whose head is repeated on every page and whose rows do not break."""
        table = self.document.add_table(rows=0, cols=len(head))
        table.style = "Table Grid"
        table.autofit = False
        for column, width in zip(table.columns, widths, strict=True):
            column.width = Twips(width)
        for n, cells in enumerate([head, *rows]):
            self._row(table, cells, widths, is_head=n == 0)
        return table

    def sign(self, name: str, day: date) -> None:
        """署名 and 成文日期 without a seal: the date two characters right of the name's first one."""
        self.gap()
        words = date_words(day)
        right = 2 * BODY * 20
        shift = max((len(words) // 2 + 2 - len(name)) * BODY * 20, 0)
        self.say(name, Look(align=RIGHT, right=right + shift, keep_next=True))
        self.say(words, Look(align=RIGHT, right=right))

    def imprint(self, copy_to: str, office: str, day: date) -> None:
        """版记: copies, who printed it and when, between lines, in 四号仿宋."""
        one = FOUR * 20
        first = self.say(f"抄送：{copy_to.rstrip('。')}。", Look(size=FOUR, left=one, right=one, before=LINE))
        border(first, "top", 8, "000000")
        border(first, "bottom", 6, "000000")
        last = self.say(f"{office}\t{date_words(day)}印发", Look(size=FOUR, align=LEFT, left=one, right=one))
        last.paragraph_format.tab_stops.add_tab_stop(Twips(TYPE_WIDTH - one), 2)
        border(last, "bottom", 8, "000000")

    def as_bytes(self) -> bytes:
        """The .docx."""
        out = io.BytesIO()
        self.document.save(out)
        return out.getvalue()

    def _row(self, table: Any, cells: Sequence[str], widths: Sequence[int], *, is_head: bool) -> None:
        row = table.add_row()
        marks = row._tr.get_or_add_trPr()
        marks.append(OxmlElement("w:cantSplit"))
        if is_head:
            marks.append(OxmlElement("w:tblHeader"))
        look = Look(font=HEI if is_head else FANGSONG, size=12, align=CENTRE if is_head else LEFT, line=400)
        for cell, text, width in zip(row.cells, cells, widths, strict=True):
            cell.width = Twips(width)
            dress(cell.paragraphs[0], look)
            type_in(cell.paragraphs[0], text, look)

    def _defaults(self) -> None:
        """The base style, so that what a person types later keeps the type."""
        styles = self.document.styles
        fonts = styles.element.find(f".//{qn('w:docDefaults')}//{qn('w:rFonts')}")
        for name in list(fonts.attrib):
            del fonts.attrib[name]
        _set_fonts(fonts, FANGSONG)
        normal = styles["Normal"]
        normal.font.size = Pt(BODY)
        _set_fonts(normal.element.get_or_add_rPr().get_or_add_rFonts(), FANGSONG)
        language = styles.element.find(f".//{qn('w:docDefaults')}//{qn('w:lang')}")
        if language is not None:
            language.set(qn("w:eastAsia"), "zh-CN")

    def _page(self) -> None:
        section = self.document.sections[0]
        section.page_width, section.page_height = Twips(PAGE["width"]), Twips(PAGE["height"])
        section.top_margin, section.bottom_margin = Twips(PAGE["top"]), Twips(PAGE["bottom"])
        section.left_margin, section.right_margin = Twips(PAGE["left"]), Twips(PAGE["right"])
        section.footer_distance = Twips(FOOTER_DISTANCE)
        section.header_distance = Emu(0)
        grid = section._sectPr.find(qn("w:docGrid"))
        if grid is None:
            grid = OxmlElement("w:docGrid")
            section._sectPr.append(grid)
        grid.set(qn("w:type"), "lines")
        grid.set(qn("w:linePitch"), str(LINE))
        self.document.settings.odd_and_even_pages_header_footer = True
        _page_number(section.footer, RIGHT)
        _page_number(section.even_page_footer, LEFT)


def dress(paragraph: Any, look: Look) -> None:
    """Give a paragraph its spacing and indents."""
    layout = paragraph.paragraph_format
    layout.alignment = look.align
    layout.space_before, layout.space_after = Twips(look.before), Twips(look.after)
    layout.widow_control = False
    layout.keep_with_next = look.keep_next
    spacing = paragraph._p.get_or_add_pPr().get_or_add_spacing()
    spacing.set(qn("w:line"), str(look.line))
    spacing.set(qn("w:lineRule"), "exact")
    if look.left:
        layout.left_indent = Twips(look.left)
    if look.right:
        layout.right_indent = Twips(look.right)
    if look.chars:
        layout.first_line_indent = Twips(int(look.chars * look.size * 20))
        paragraph._p.pPr.find(qn("w:ind")).set(qn("w:firstLineChars"), str(look.chars * 100))


def type_in(paragraph: Any, text: str, look: Look) -> None:
    """Add text in the look's type."""
    run = paragraph.add_run(clean(text))
    run.font.size = Pt(look.size)
    if look.red:
        run.font.color.rgb = RED
    rest = run._r.get_or_add_rPr()
    _set_fonts(rest.get_or_add_rFonts(), look.font)
    spacing = OxmlElement("w:spacing")
    spacing.set(qn("w:val"), str(TRACKING))
    size = rest.find(qn("w:sz"))
    size.addprevious(spacing)  # the schema wants it before the size


def border(paragraph: Any, side: str, eighths: int, colour: str) -> None:
    """A line at one side of a paragraph, in eighths of a point."""
    marks = paragraph._p.get_or_add_pPr()
    borders = marks.find(qn("w:pBdr"))
    if borders is None:
        borders = OxmlElement("w:pBdr")
        marks.insert_element_before(
            borders, "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:spacing", "w:ind", "w:jc", "w:rPr"
        )
    line = OxmlElement(f"w:{side}")
    for name, value in (("val", "single"), ("sz", str(eighths)), ("space", "1"), ("color", colour)):
        line.set(qn(f"w:{name}"), value)
    borders.append(line)


def _set_fonts(fonts: Any, name: str) -> None:
    for kind in ("ascii", "hAnsi", "eastAsia", "cs"):
        fonts.set(qn(f"w:{kind}"), name)


def _page_number(footer: Any, align: Any) -> None:
    """— 1 —, one character in from the outer edge, in 四号宋体."""
    footer.is_linked_to_previous = False
    paragraph = footer.paragraphs[0]
    one = FOUR * 20
    look = Look(SONG, FOUR, align, line=FOUR * 20, **({"right": one} if align == RIGHT else {"left": one}))
    dress(paragraph, look)
    type_in(paragraph, "— ", look)
    for kind, text in (("begin", ""), ("", "PAGE"), ("separate", ""), ("text", "1"), ("end", "")):
        _field_part(paragraph, look, kind, text)
    type_in(paragraph, " —", look)


def _field_part(paragraph: Any, look: Look, kind: str, text: str) -> None:
    type_in(paragraph, text if kind == "text" else "", look)
    if kind == "text":
        return
    part = OxmlElement("w:fldChar" if kind else "w:instrText")
    if kind:
        part.set(qn("w:fldCharType"), kind)
    else:
        part.text = f" {text} "
    paragraph.runs[-1]._r.append(part)
