"""Values of the bulletins room: sections of an issue, states of issues and letters."""

from django.db import models


class BulletinStatus(models.TextChoices):
    """通报状态: from the draft of the job to the printed issue."""

    DRAFT = "draft", "草稿"
    SUBMITTED = "submitted", "待签发"
    ISSUED = "issued", "已印发"
    WITHDRAWN = "withdrawn", "已撤回"

    @property
    def tone(self) -> str:
        """The colour of its pill."""
        return TONES[self.value][0]

    @property
    def icon(self) -> str:
        """The sign on its pill."""
        return TONES[self.value][1]


class LetterStatus(models.TextChoices):
    """反馈函状态: from the task that a threshold raises to the home unit's answer."""

    TASK = "task", "待起草"
    DRAFT = "draft", "草稿"
    SUBMITTED = "submitted", "待签发"
    SIGNED = "signed", "待回函"
    REPLIED = "replied", "已回函"
    WITHDRAWN = "withdrawn", "已撤回"

    @property
    def tone(self) -> str:
        """The colour of its pill."""
        return TONES[self.value][0]

    @property
    def icon(self) -> str:
        """The sign on its pill."""
        return TONES[self.value][1]


TONES = {
    "task": ("warn", "clock"),
    "draft": ("", "doc"),
    "submitted": ("warn", "clock"),
    "issued": ("ok", "check"),
    "signed": ("info", "mail"),
    "replied": ("ok", "check"),
    "withdrawn": ("", "undo"),
}

B, L = BulletinStatus, LetterStatus
BULLETIN_NEXT: dict[str, tuple[str, ...]] = {
    B.DRAFT: (B.SUBMITTED, B.WITHDRAWN),
    B.SUBMITTED: (B.DRAFT, B.ISSUED, B.WITHDRAWN),
    B.WITHDRAWN: (B.DRAFT,),
    B.ISSUED: (),
}
"""Which state of an issue may follow which. A printed issue is never changed: a 更正 follows in the next."""
LETTER_NEXT: dict[str, tuple[str, ...]] = {
    L.TASK: (L.DRAFT, L.WITHDRAWN),
    L.DRAFT: (L.DRAFT, L.SUBMITTED, L.WITHDRAWN),
    L.SUBMITTED: (L.DRAFT, L.SIGNED, L.WITHDRAWN),
    L.SIGNED: (L.REPLIED,),
    L.REPLIED: (),
    L.WITHDRAWN: (),
}
LETTERS_OPEN = (L.TASK, L.DRAFT, L.SUBMITTED)
"""Letters that nobody outside the hall has seen yet."""
LETTERS_SENT = (L.SIGNED, L.REPLIED)


class Section(models.TextChoices):
    """通报栏目: under which heading an item stands."""

    PROBLEM = "problem", "问题"
    PRAISE = "praise", "表扬"
    ERRATUM = "erratum", "更正"


LISTED = (Section.PROBLEM, Section.PRAISE)
"""Sections that publish a record; an erratum takes one back."""


class ReplyOutcome(models.TextChoices):
    """回函结果: what the home unit says it has done; the hall only suggests."""

    EDUCATED = "educated", "已批评教育"
    REPLACED = "replaced", "更换人员"
    OTHER = "other", "其他"
