"""What a reviewer would otherwise have to look for by hand. Reads files and models, no database."""

import ast
import re
import subprocess
import sys
import tomllib
from collections import Counter
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db.models import Choices
from django.template.loader import get_template

ROOT = Path(settings.BASE_DIR)
ORDER = [
    {"bulletins"},
    {"assessments"},
    {"attendance", "patrols", "complaints"},
    {"violations"},
    {"windows"},
    {"trail"},
    {"accounts"},
]
FLOOR = {room: floor for floor, rooms in enumerate(ORDER) for room in rooms}
LONGEST_FILE = 500


def tracked_files():
    """Files that git has or would take; everything outside hidden folders where there is no git."""
    try:
        listing = subprocess.run(
            ["git", "ls-files", "-co", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        kept_out = {".venv", "var", "__pycache__"}
        return [p for p in ROOT.rglob("*") if p.is_file() and not kept_out & set(p.relative_to(ROOT).parts)]
    return [ROOT / name for name in listing.stdout.splitlines() if (ROOT / name).is_file()]


FILES = tracked_files()


def files(*suffixes, under=""):
    return [path for path in FILES if path.suffix in suffixes and path.is_relative_to(ROOT / under)]


def name(path):
    return str(path.relative_to(ROOT))


def our_models():
    return [m for m in apps.get_models(include_auto_created=True) if m._meta.app_label in FLOOR]


# --- direction --------------------------------------------------------------------------------


def test_foreign_keys_point_the_way_of_imports():
    wrong = [
        f"{model._meta.label}.{field.name} -> {target}"
        for model in our_models()
        for field in model._meta.get_fields()
        if field.is_relation and field.concrete and field.related_model
        for target in [field.related_model._meta.app_label]
        if target in FLOOR and target != model._meta.app_label
        if FLOOR[target] <= FLOOR[model._meta.app_label]
    ]

    assert wrong == []


def test_rooms_of_settings_and_of_this_order_agree():
    assert set(settings.ROOMS) == set(FLOOR)


def test_no_module_is_a_drawer_for_everything():
    drawers = {"utils", "common", "core", "helpers", "misc"}

    assert [name(p) for p in files(".py") if drawers & {p.stem, p.parent.name}] == []


# --- scope ------------------------------------------------------------------------------------

SCOPED = {
    "visible_to",  # what this person may see
    "where",  # halls in which this person holds a permission
    "none",  # nothing
    "public",  # what the hall shows to everybody: roster, honour board
}


RUNNER = "accounts/bulk_api.py"
"""The runner under the doors: it reads nothing but the asking person's own keys."""


def unscoped_lines(source):
    """Lines where a manager lacks one of SCOPED right behind it, or a model stands for all its rows."""
    tree = ast.parse(source)
    scoped = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr in SCOPED
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in {"objects", "_default_manager", "_base_manager"}:
            if id(node) not in scoped:
                yield node.lineno
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            is_getter = node.func.id in {"get_object_or_404", "get_list_or_404"}
            if (
                is_getter
                and node.args
                and isinstance(node.args[0], ast.Name)
                and node.args[0].id[0].isupper()
            ):
                yield node.lineno


def test_views_and_api_start_from_visible_to():
    doors = [
        path
        for room in FLOOR
        for path in files(".py", under=room)
        if path.stem in {"views", "api"}
        or path.parent.name in {"views", "api"}
        or (path.stem.endswith("_api") and name(path) != RUNNER)
    ]

    found = [f"{name(p)}:{line}" for p in doors for line in unscoped_lines(p.read_text(encoding="utf-8"))]

    assert found == []


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("Hall.objects.visible_to(user).filter(pk=1)", []),
        ("Hall.objects.filter(pk=1)", [1]),
        ("get_object_or_404(Hall, pk=1)", [1]),
        ("get_object_or_404(Hall.objects.visible_to(user), pk=1)", []),
    ],
)
def test_unscoped_lines_sees(source, lines):
    assert list(unscoped_lines(source)) == lines


# --- templates --------------------------------------------------------------------------------

INLINE = {
    "unescaped output": re.compile(r"\|\s*safe\b|autoescape\s+off"),
    "inline style": re.compile(r"<style\b|\sstyle\s*="),
    "inline script": re.compile(r"<script\b(?![^>]*\bsrc=)|javascript:"),
    "event attribute": re.compile(r"\s(?:on[a-z]+|hx-on[:\w-]*)\s*=\s*[\"']"),
    "foreign host": re.compile(r"(?:src|href|action)\s*=\s*[\"'](?:https?:)?//"),
}


def test_templates_obey_the_content_security_policy():
    found = [
        f"{name(path)}: {what}"
        for path in files(".html", under="templates")
        for what, pattern in INLINE.items()
        if pattern.search(path.read_text(encoding="utf-8"))
    ]

    assert found == []


def test_templates_compile():
    for path in files(".html", under="templates"):
        get_template(str(path.relative_to(ROOT / "templates")))


# --- shape ------------------------------------------------------------------------------------


def test_files_are_short_enough_to_read():
    long = {
        name(path): lines
        for path in files(".py", ".html", ".css", ".js")
        if "migrations" not in path.parts
        for lines in [len(path.read_text(encoding="utf-8").splitlines())]
        if lines > LONGEST_FILE
    }

    assert long == {}


OPENS_IN_CHINESE = re.compile(r"[A-Z0-9]{0,4}[\u4e00-\u9fff]")


def test_docstrings_of_models_open_with_the_chinese_term():
    wrong = [
        m._meta.label
        for m in our_models()
        if not m._meta.auto_created and not OPENS_IN_CHINESE.match(m.__doc__ or "")
    ]

    assert wrong == []


def all_subclasses(cls):
    for child in cls.__subclasses__():
        yield child
        yield from all_subclasses(child)


def test_docstrings_of_enums_open_with_the_chinese_term():
    wrong = {
        f"{e.__module__}.{e.__name__}"
        for e in all_subclasses(Choices)
        if e.__module__.split(".")[0] in FLOOR and not OPENS_IN_CHINESE.match(e.__doc__ or "")
    }

    assert wrong == set()


def test_migrations_of_rows_go_to_the_database_they_are_told():
    """A restore migrates a database beside the one in use: without `using` the rows are of the wrong one."""
    silent = [
        f"{path.parent.parent.name}/{path.name}"
        for path in ROOT.glob("*/migrations/0*.py")
        if "RunPython" in (text := path.read_text(encoding="utf-8"))
        and text.count(".objects.using(") != text.count(".objects")
    ]

    assert silent == []


def test_migrations_are_named():
    assert [name(p) for p in files(".py") if "migrations" in p.parts and "_auto_" in p.stem] == []


# --- papers -----------------------------------------------------------------------------------


def test_adr_numbers_are_unique():
    numbers = Counter(path.name.split("-")[0] for path in files(".md", under="docs/adr"))

    assert [number for number, times in numbers.items() if times > 1] == []


def test_every_dependency_says_what_for():
    silent, inside = [], False
    for line in (ROOT / "pyproject.toml").read_text(encoding="utf-8").splitlines():
        if re.match(r"(dependencies|dev) = \[", line):
            inside = True
        elif line.startswith("]"):
            inside = False
        elif inside and line.strip() and not re.search(r'",\s+# \S', line):
            silent.append(line.strip())

    assert silent == []


def imported_names(paths):
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                yield from ((alias.name.split(".")[0], path) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield node.module.split(".")[0], path


def declared(*groups):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = project["dependencies"] + [d for g in groups for d in project["optional-dependencies"][g]]
    return {re.match(r"[\w.-]+", line)[0].lower().replace("_", "-") for line in lines}


def test_every_import_is_a_declared_dependency():
    owners = packages_distributions()
    ours = {"config", "tests", *FLOOR}
    run_time = [p for room in (*FLOOR, "config") for p in files(".py", under=room)]
    undeclared = {
        (module, name(path))
        for module, path in imported_names(run_time)
        if module not in sys.stdlib_module_names and module not in ours
        if not {o.lower().replace("_", "-") for o in owners.get(module, [])} & declared()
    }

    assert undeclared == set()


@pytest.mark.parametrize(("lock", "groups"), [("run.txt", ()), ("dev.txt", ("dev",))])
def test_locks_hold_every_declared_dependency(lock, groups):
    pins = re.findall(
        r"^([\w.-]+)==", (ROOT / "requirements" / lock).read_text(encoding="utf-8"), re.MULTILINE
    )

    assert declared(*groups) - {pin.lower() for pin in pins} == set()


# Written in two parts so that this file does not find itself.
REGISTRIES = re.compile(
    "|".join(
        re.escape("".join(parts))
        for parts in [
            ("pypi", ".org"),
            ("files.python", "hosted.org"),
            ("registry.npm", "js.org"),
            ("/simple", "/ "),
            ("tsinghua", ".edu.cn"),
            ("mirrors", ".aliyun"),
            ("--index", "-url"),
            ("--extra-index", "-url"),
            ("--find", "-links"),
            ("--trusted", "-host"),
        ]
    )
)


def test_no_registry_address_is_tracked():
    texts = [
        p for p in FILES if p.suffix in {".txt", ".toml", ".cfg", ".yml", ".yaml", ".md", ".py", ".sh", ""}
    ]

    found = [name(p) for p in texts if REGISTRIES.search(p.read_text(encoding="utf-8", errors="ignore"))]

    assert found == []
