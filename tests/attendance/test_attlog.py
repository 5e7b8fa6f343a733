"""Reading attlog.dat in the shapes devices and people give it."""

from datetime import datetime

import pytest

from attendance.gateways.attlog import BadLine, PunchLine, read_attlog

GOOD = "        7\t2026-10-12 08:21:35\t1\t255\t1\t0"


def read(tmp_path, content):
    path = tmp_path / "attlog.dat"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return list(read_attlog(path))


@pytest.mark.parametrize(
    "line",
    [
        GOOD,
        "7\t2026-10-12 08:21:35",
        "7 2026-10-12 08:21:35 1 255",
        "7   2026-10-12   08:21:35   1",
        "7,2026-10-12 08:21:35,1",
        '"7","2026-10-12 08:21:35","1"',
        "7\t2026/10/12 08:21:35\t1",
        "7\t2026-10-12T08:21:35\t1",
        "7\t2026-10-12 8:21:35\t1",
        "\ufeff7\t2026-10-12 08:21:35\t1",
        "7\t2026-10-12 08:21:35.000\t1",
    ],
)
def test_line_in_its_variants(tmp_path, line):
    found = read(tmp_path, line + "\n")

    assert [(p.row, p.number, f"{p.at:%F %T}") for p in found] == [(1, "7", "2026-10-12 08:21:35")]


@pytest.mark.parametrize(
    "line",
    [
        "        7\t2026-10-12 08:2",
        "7\t2026-10-12 08:21",
        "7\t2026-10-12 08:21:3",
        "7\t2026-10-12",
        "7",
        "\t2026-10-12 08:21:35",
        "7\t2026-13-12 08:21:35\t1",
        "7\t2026-10-12 25:21:35\t1",
        "7\t2026-02-30 08:21:35\t1",
        "7\t0000-00-00 00:00:00\t1",
        "张三 来过",
    ],
)
def test_line_that_cannot_be_read(tmp_path, line):
    found = read(tmp_path, f"{GOOD}\n{line}\n")

    assert [type(item) for item in found] == [PunchLine, BadLine]
    assert found[1].row == 2


@pytest.mark.parametrize("number", ["007", "A12", "00000000000000000001", "王7"])
def test_number_is_trimmed_text(tmp_path, number):
    assert read(tmp_path, f"  {number} \t2026-10-12 08:21:35\t1\n")[0].number == number


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_line_ends(tmp_path, ending):
    found = read(tmp_path, ending.join([GOOD, "", GOOD, "\x1a"]))

    assert [(p.row, p.at) for p in found] == [
        (1, datetime.fromisoformat("2026-10-12 08:21:35")),
        (3, datetime.fromisoformat("2026-10-12 08:21:35")),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_encodings(tmp_path, encoding):
    found = read(tmp_path, "工号\t时间\n王7\t2026-10-12 08:21:35\t指纹\n".encode(encoding))

    assert [(p.row, p.number) for p in found] == [(2, "王7")]


def test_bytes_of_no_encoding_are_refused_line_by_line(tmp_path):
    found = read(tmp_path, b"7\t2026-10-12 08:21:35\n\xff\xff\x81\n")

    assert [(type(item), item.row) for item in found] == [(PunchLine, 1), (BadLine, 2)]


def test_a_line_cut_in_the_middle_of_a_file_without_end(tmp_path):
    assert [type(item) for item in read(tmp_path, GOOD)] == [PunchLine]
