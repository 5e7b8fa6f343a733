"""花名册 places: the departments and windows a roster names, known ones brought up to date, new ones made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from windows.models import Department, Window
from windows.services.roster_file import BadLine, RosterFile, RosterLine, place_words

if TYPE_CHECKING:
    from accounts.models import Hall
    from trail.services.imports import ImportResult
    from windows.enums import Category


class Places:
    """单位和窗口 of a hall while a roster is read: `take` each line, then `make` what is new."""

    def __init__(self, hall: Hall, roster: RosterFile, result: ImportResult) -> None:
        self.hall, self.month, self.result = hall, roster.month, result
        self.departments = {d.name: d for d in Department.objects.filter(hall=hall)}
        self.windows = {w.code: w for w in Window.objects.filter(hall=hall).select_related("department")}
        self._first_line: dict[str, RosterLine] = {}
        self._new_windows: list[Window] = []
        self._new_departments: list[Department] = []
        self._units: dict[str, str] = {}
        self._categories: dict[str, Category] = {}
        for line in roster.lines:
            if line.texts["department"]:
                self._units.setdefault(line.window, line.texts["department"])
            if line.category:
                self._categories.setdefault(line.window, line.category)

    def take(self, line: RosterLine) -> None:
        """Find or plan the window and unit of a line; raises BadLine when they do not fit."""
        window, first = self.windows.get(line.window), self._first_line.get(line.window)
        if first is not None and line.category and first.category and line.category != first.category:
            raise BadLine(
                f"窗口 {line.window} 的类别与{place_words(first.row)}不一致"
                f"（{first.category.label}／{line.category.label}）"
            )
        if window is None:
            window = self._new_window(line)
        elif window.closed_on is not None and window.closed_on < self.month:
            raise BadLine(f"窗口 {line.window} 已停用，请先在设置里重新启用")
        elif first is None and window.pk:
            self._update_window(window, line)
        if first is not None and line.texts["window_name"] not in ("", first.texts["window_name"]):
            self._note(line, f"窗口 {line.window} 的名称与{place_words(first.row)}不一致，以先写的为准")
        if line.texts["department"]:
            self._department(line.texts["department"], line.category or window.category)
        self._first_line.setdefault(line.window, line)

    def _new_window(self, line: RosterLine) -> Window:
        """Plan a window; what the line leaves out may stand in another line of the same window."""
        unit = line.texts["department"] or self._units.get(line.window, "")
        if not unit:
            raise BadLine("缺少派驻单位")
        known = self.departments.get(unit)
        category = line.category or self._categories.get(line.window) or (known.category if known else None)
        if category is None:
            raise BadLine(f"缺少窗口类别（{line.window} 是新窗口，请在表里加一列，或先在“窗口”里建好）")
        department = self._department(unit, category)
        window = Window(
            hall=self.hall,
            code=line.window,
            name=line.texts["window_name"] or f"{department.name}窗口",
            department=department,
            category=category,
            floor=line.texts["floor"],
            zone=line.texts["zone"],
            sort=len(self.windows) + 1,
        )
        self.windows[line.window] = window
        self._new_windows.append(window)
        return window

    def _department(self, name: str, category: str) -> Department:
        if name not in self.departments:
            department = Department(
                hall=self.hall, name=name, category=category, sort=len(self.departments) + 1
            )
            self.departments[name] = department
            self._new_departments.append(department)
        return self.departments[name]

    def _update_window(self, window: Window, line: RosterLine) -> None:
        wanted: dict[str, object] = {
            "name": line.texts["window_name"],
            "floor": line.texts["floor"],
            "zone": line.texts["zone"],
            "category": line.category,
        }
        if line.texts["department"] and line.texts["department"] != window.department.name:
            self._note(line, f"窗口 {window.code} 的派驻单位在系统里是{window.department.name}，没有改动")
        changed = {key: value for key, value in wanted.items() if value and getattr(window, key) != value}
        for key, value in changed.items():
            old = window.get_category_display() if key == "category" else getattr(window, key)
            new = line.category.label if key == "category" and line.category else value
            self._note(line, f"窗口 {window.code}：{old or '（空）'} 改为 {new}")
            setattr(window, key, value)
        if changed:
            window.save(update_fields=list(changed))

    def make(self) -> None:
        """Make what is new, all at once."""
        Department.objects.bulk_create(self._new_departments)
        Window.objects.bulk_create(self._new_windows)
        if self._new_departments or self._new_windows:
            self.result.notes.append(
                f"新增派驻单位 {len(self._new_departments)} 个，新增窗口 {len(self._new_windows)} 个。"
            )

    def _note(self, line: RosterLine, words: str) -> None:
        self.result.notes.append(f"{place_words(line.row)}：{words}。")
