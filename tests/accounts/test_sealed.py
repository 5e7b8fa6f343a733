"""Sealed fields: closed in the database, open with the key, and only where they belong."""

import pytest

from accounts.sealed import SealBroken, blind, blinds, seal, unseal

PLACE = "accounts.second_factor"


def test_sealed_words_open_again_and_never_look_the_same():
    first, second = seal("秘密 JBSW", place=PLACE), seal("秘密 JBSW", place=PLACE)

    assert (unseal(first, place=PLACE), unseal(second, place=PLACE)) == ("秘密 JBSW", "秘密 JBSW")
    assert first != second
    assert "JBSW" not in first


def test_sealed_words_open_after_a_change_of_the_key(settings):
    sealed, old = seal("密", place=PLACE), settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another-key-" + "1" * 40, [old]

    assert unseal(sealed, place=PLACE) == "密"


def test_sealed_words_without_their_key_stay_closed(settings):
    sealed = seal("密", place=PLACE)
    settings.SECRET_KEY = "another-key-" + "1" * 40

    with pytest.raises(SealBroken):
        unseal(sealed, place=PLACE)


def flipped(text):
    """The text with one character in the middle changed."""
    middle = len(text) - 10
    return text[:middle] + ("A" if text[middle] != "A" else "B") + text[middle + 1 :]


@pytest.mark.parametrize(
    "spoil", [flipped, lambda s: s[:-8], lambda s: "", lambda s: "plain", lambda s: s + "!"]
)
def test_changed_words_do_not_open(spoil):
    with pytest.raises(SealBroken):
        unseal(spoil(seal("一串很长的秘密文字", place=PLACE)), place=PLACE)


def test_words_moved_to_another_place_do_not_open():
    with pytest.raises(SealBroken):
        unseal(seal("密", place=PLACE), place="accounts.phone")


def test_a_blind_mark_is_the_same_each_time_and_another_for_each_place():
    marks = {blind("17", place=PLACE), blind("17", place=PLACE), blind("17", place="accounts.phone")}

    assert (len(marks), "17" in marks) == (2, False)


def test_rows_marked_before_the_key_was_changed_are_found(settings):
    mark, old = blind("17", place=PLACE), settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another-key-" + "1" * 40, [old]

    assert blinds("17", place=PLACE)[1:] == [mark]
