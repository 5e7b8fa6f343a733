"""Forms of walk-by notes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from patrols.services.notes import Glimpse
from violations.forms import FindingForm, GuardedForm, words_field

if TYPE_CHECKING:
    from patrols.models import WalkNote
    from violations.models import Act
    from windows.models import Staff


class WalkNoteForm(FindingForm):
    """走访随记: a window, perhaps a person, an act or free words, photos; the time is now."""

    refused_at = FindingForm.refused_at | {"words_missing": "note", "other_hall": "window"}
    unused = ("day", "time", "quantity", "severity")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.unused:
            del self.fields[name]
        self.order_fields(["window", "staff", "act", "note", "photos", "key"])
        self.fields["act"].required = False
        self.fields["act"].help_text = "选了事项，直接记入台账；不选，由大厅管理员处理。"
        self.fields["note"].label = "看到什么"

    @property
    def act(self) -> Act | None:
        """The chosen act."""
        return self.acts.get(int(self.cleaned_data["act"] or 0))

    @property
    def staff(self) -> Staff | None:
        """The chosen person."""
        posting = self.people.get(int(self.cleaned_data["staff"] or 0))
        return posting.staff if posting else None

    def glimpse(self) -> Glimpse:
        """The cleaned input as the service takes it."""
        data = self.cleaned_data
        posting = self.people.get(int(data["staff"] or 0))
        window = self.windows.get(int(data["window"] or 0)) or (posting.window if posting else None)
        return Glimpse(window, self.staff, self.act, data["note"], data["key"])


class RecordNoteForm(WalkNoteForm):
    """记入台账: the act the manager finds in a note, and the person."""

    unused = (*WalkNoteForm.unused, "window", "photos", "key")

    def __init__(self, *args: Any, note: WalkNote, **kwargs: Any) -> None:
        first = {"staff": note.staff_id, "note": note.words}
        super().__init__(*args, initial=first, **kwargs)
        self.fields["act"].required = True
        self.fields["act"].help_text = ""


class CloseNoteForm(GuardedForm):
    """了结: what was done, for the writer to read."""

    refused_at = {"words_missing": "words"}

    words = words_field("怎么处理的", missing="请写明怎么处理的。")
