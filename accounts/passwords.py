"""密码规则 password rules (GB/T 22239-2019): each says in the person's words what is missing.

Named in AUTH_PASSWORD_VALIDATORS, so every door asks the same: page, API, setup and `validate_password`.
"""

from __future__ import annotations

import re
from typing import Any

from django.core.exceptions import ValidationError

SHORTEST, LONGEST, KINDS = 10, 128, 3
RUN = 5
KINDS_OF_CHARACTERS = (r"[a-z]", r"[A-Z]", r"\d", r"[^A-Za-z\d]")
ROWS = ("01234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm", "!@#$%^&*()")
WORDS = "至少 10 个字符，大写、小写、数字、符号中至少三种；不含账号、手机号、姓名或大厅名。"
"""What the pages say of the rules."""


class LengthAndKinds:
    """Ten characters or more of three kinds."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raises ValidationError in words."""
        if len(password) < SHORTEST:
            raise ValidationError(f"密码至少要 {SHORTEST} 个字符。", code="too_short")
        if len(password) > LONGEST:
            raise ValidationError(f"密码最长 {LONGEST} 个字符。", code="too_long")
        if sum(bool(re.search(kind, password)) for kind in KINDS_OF_CHARACTERS) < KINDS:
            raise ValidationError(
                "密码要有大写字母、小写字母、数字、符号中的至少三种。", code="too_few_kinds"
            )

    def get_help_text(self) -> str:
        """For the frame."""
        return WORDS


class NoRuns:
    """No row of neighbours on the keyboard or in the alphabet, and no character five times in a row."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raises ValidationError in words."""
        lower = password.lower()
        stretches = {lower[start : start + RUN] for start in range(len(lower) - RUN + 1)}
        rows = [*ROWS, *(row[::-1] for row in ROWS)]
        if any(len(set(stretch)) == 1 or any(stretch in row for row in rows) for stretch in stretches):
            raise ValidationError("密码里不要有 12345、abcde、qwert 或 aaaaa 这样的连串。", code="run")

    def get_help_text(self) -> str:
        """For the frame."""
        return "不要有 12345、aaaaa 这样的连串。"


class NotOneself:
    """Not the account, the telephone number, the name or the hall, forwards or backwards."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raises ValidationError in words."""
        plain = _plain(password)
        for label, words in _of(user):
            own = _plain(words)
            if len(own) >= (2 if _is_chinese(own) else 4) and (own in plain or own[::-1] in plain):
                raise ValidationError(f"密码里不要有{label}。", code="too_similar")

    def get_help_text(self) -> str:
        """For the frame."""
        return "不要有账号、手机号、姓名或大厅名。"


def _of(user: Any) -> list[tuple[str, str]]:
    if user is None:
        return []
    facts = [("账号", user.username), ("姓名", user.name), ("手机号", user.phone)]
    facts.append(("邮箱", user.email.partition("@")[0]))
    for hall in {grant.hall_id: grant.hall for grant in user.grants}.values():
        facts += [("大厅代码", hall.code), ("大厅名", hall.name), ("大厅名", hall.short_name)]
    return facts


def _plain(words: str) -> str:
    """Lower case without signs between, so that zhang.san and ZhangSan are one."""
    return re.sub(r"[\W_]", "", words.lower())


def _is_chinese(words: str) -> bool:
    return bool(re.search(r"[\u4e00-\u9fff]", words))
