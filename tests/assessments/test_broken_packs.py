"""A folder of packs with one mistake each: every one is refused with its place and a plain reason."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from violations.models import Act, Clause, Rulebook, RulebookVersion

FOLDER = Path(__file__).parent / "broken_packs"
REASONS = json.loads((FOLDER / "reasons.json").read_text(encoding="utf-8"))
BROKEN = sorted(path.stem for path in FOLDER.glob("*.yaml") if path.stem != "good")


def load(hall, name: str, **options) -> str:
    out = StringIO()
    call_command("load_rulebook", FOLDER / f"{name}.yaml", hall=hall.code, stdout=out, **options)
    return out.getvalue()


def test_there_are_enough_of_them():
    assert len(BROKEN) >= 25
    assert set(BROKEN) == set(REASONS)


@pytest.mark.parametrize("name", BROKEN)
def test_broken_pack_is_refused_and_nothing_is_loaded(hall, name):
    with pytest.raises(CommandError) as refused:
        load(hall, name)

    said = str(refused.value).splitlines()[1:]
    assert said[0] == REASONS[name]
    assert len(said) == len(set(said))
    assert [model.objects.count() for model in (Rulebook, RulebookVersion, Act, Clause)] == [0, 0, 0, 0]


def test_the_pack_they_were_made_from_is_good(hall):
    load(hall, "good")

    assert RulebookVersion.objects.get().status == "in_force"


def test_dry_run_says_what_the_pack_means_and_what_it_changes(hall, tmp_path):
    load(hall, "good")
    changed = (FOLDER / "good.yaml").read_text(encoding="utf-8")
    changed = changed.replace('number: "1"', 'number: "2"').replace("points: -5", "points: -6")
    path = tmp_path / "pack.yaml"
    path.write_text(changed, encoding="utf-8")

    words = StringIO()
    call_command("load_rulebook", path, hall=hall.code, stdout=words, dry_run=True)

    assert "2 第二条：旷工；每半天扣 6 分。" in words.getvalue()
    assert "  原来：旷工；每半天扣 5 分。" in words.getvalue()
    assert "  现在：旷工；每半天扣 6 分。" in words.getvalue()
    assert RulebookVersion.objects.count() == 1
