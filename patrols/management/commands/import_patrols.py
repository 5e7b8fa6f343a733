"""巡查台账导入: findings decided on paper, as confirmed records of source 导入."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable

from patrols.services.paper import paper_work
from trail.services.imports import ImportResult
from windows.management.import_command import ImportCommand, ImportRequest


class Command(ImportCommand):
    """`manage.py import_patrols FILE --hall CODE`."""

    help = "导入纸面巡查台账（.xlsx、.xls、.csv）；再次导入同一文件不改变任何内容"
    kind = "patrols"
    noun = "条"

    def add_import_arguments(self, parser: ArgumentParser) -> None:
        """Paper that nobody has decided on yet comes in as drafts."""
        parser.add_argument(
            "--as-proposals", action="store_true", help="没有定论的台账：记为草稿，由人核实后再告知当事人"
        )

    def work(self, request: ImportRequest) -> Callable[[ImportResult], None]:
        """Read, match and enter."""
        return paper_work(
            path=request.path,
            hall=request.hall,
            by=request.by,
            month=request.month,
            as_proposals=request.options["as_proposals"],
        )
