"""How a request ends: the citizen's silence or word, never a machine's answer alone; then a rating and, for some, a call-back.

Rules: a bot's answer alone never closes (facts 3.20); 受理→…→办结→回访→评价 (3.05); call-back after closing (3.08).
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from policies.facts import Kind
from policies.rulepack import read, values
from policies.tickets import TicketState

_RAW = read("closing")
PACK: Mapping[str, Any] = values({name: part for name, part in _RAW.items() if name != "refusal"})
SILENCE = timedelta(days=PACK["silence"]["days"])
FIRST_LOOK = SILENCE + timedelta(minutes=PACK["silence"]["arrival_minutes"])
"""After what time a ticket answered now is looked at: by then silence has lasted long enough, if the answer arrived soon."""
"""How long the citizen must be silent after the delivery of the answer."""
RATE_WITHIN = timedelta(days=PACK["rating"]["within_days"])
REASON_LONGEST: int = PACK["rating"]["reason_longest"]
DISMISSED_WITHIN = timedelta(hours=PACK["dismissed"]["hours"])
"""How long a message read as no question may wait for a person's word."""
REASONS: Mapping[str, Mapping[str, str]] = {code: {"zh": row["zh"], "en": row["en"]} for code, row in _RAW["refusal"].items()}
"""The reasons for a refusal every department has, by code."""
OTHER = "other"


class Word(StrEnum):
    """What a citizen's message after an answer says about the answer itself."""

    MORE = "more"  # anything a person has to read
    THANKS = "thanks"  # a courtesy: nothing to reopen for
    SETTLED = "settled"  # says that the matter is settled


class How(StrEnum):
    """What closed a request."""

    SILENCE = "silence"
    WORD = "word"  # the citizen wrote so
    PAGE = "page"  # the citizen pressed the button on the query page
    HAND = "hand"  # a person of staff, on the citizen's spoken word


class Consequence(StrEnum):
    """What follows a rating."""

    NOTHING = "nothing"
    DEPARTMENT = "department"  # reopened in the department, the supervisor is told
    SUPERVISOR = "supervisor"  # reopened in the supervisor's hands


_LISTS = PACK["word"]
_SETTLED = frozenset(_LISTS["settled"])
_KNOWN = sorted((*_LISTS["settled"], *_LISTS["thanks"], *_LISTS["filler"]), key=lambda word: (-len(word), word))
_ALL_KNOWN = re.compile("(?:" + "|".join(map(re.escape, (word.replace(" ", "") for word in _KNOWN))) + ")+")
_SAYS_SETTLED = re.compile("|".join(re.escape(word.replace(" ", "")) for word in sorted(_SETTLED, key=len, reverse=True)))
_SAYS_THANKS = re.compile("|".join(re.escape(word.replace(" ", "")) for word in _LISTS["thanks"]))
_ASKS = re.compile("[?¿؟⁇-⁉]")
_NEVER = (Kind.EMERGENCY, Kind.HUMAN)


def word_of(text: str, kind: Kind, *, has_media: bool = False) -> Word:
    """What a message that follows an answer says of it. MORE wherever there is any doubt.

    Every sign of it must belong to a listed word: "没解决", "解决了吗", "谢谢你们的推诿" each hold something that does not, and a
    person reads them. Marks and emoticons say nothing, but a question mark asks.
    """
    plain = unicodedata.normalize("NFKC", text).lower()
    if has_media or kind in _NEVER or _ASKS.search(plain):
        return Word.MORE
    if len(text) > _LISTS["longest"] or any(
        unicodedata.category(sign) in ("Cc", "Cf") and sign not in "\n\t\u200d\ufe0f" for sign in plain
    ):
        return Word.MORE
    said = "".join(sign for sign in plain if unicodedata.category(sign)[0] in "LN")
    if not said or not _ALL_KNOWN.fullmatch(said):
        return Word.MORE
    if _SAYS_SETTLED.search(said):
        return Word.SETTLED
    return Word.THANKS if _SAYS_THANKS.search(said) else Word.MORE


def listens(state: TicketState, word: Word) -> bool:
    """Whether a request in this state takes such a message in without being reopened."""
    return word is not Word.MORE and state in (TicketState.ANSWERED, TicketState.CLOSED)


def closes_at(delivered_at: datetime | None, silence: timedelta = SILENCE) -> datetime | None:
    """When silence closes an answered request. None while the answer is not delivered: nobody can be silent about what they never read."""
    return None if delivered_at is None else delivered_at + silence


def look_again(delivered_at: datetime | None, now: datetime, silence: timedelta = SILENCE) -> datetime | None:
    """When to look at an answered request again; None = silence closes it now.

    An answer that is still on its way now cannot be followed by enough silence before `now + silence`.
    """
    due = closes_at(delivered_at, silence)
    if due is None:
        return now + silence
    return due if due > now else None


def after_rating(score: int) -> Consequence:
    """What a rating of 1 to 5 leads to. A bad one the pack names nothing for goes to the supervisor: it never ends silently."""
    if score > PACK["rating"]["bad_at_most"]:
        return Consequence.NOTHING
    named = PACK["rating"]["after"].get(str(score))
    return Consequence(named) if named in (Consequence.DEPARTMENT, Consequence.SUPERVISOR) else Consequence.SUPERVISOR


def may_rate(closed_at: datetime | None, now: datetime, within: timedelta = RATE_WITHIN) -> bool:
    """Whether a closing may still be rated."""
    return closed_at is not None and closed_at <= now < closed_at + within


def drawn(place: int, share: float, key: str) -> bool:
    """Whether the `place`-th closing (from 1) of a department is drawn for a call-back, when `share` (0..1) of them are.

    Of any number of closings in a row the share is drawn, give or take one. Where in the row is fixed by `key`, a secret of the
    house with the department's code: anybody who has it can draw again and gets the same, nobody else knows beforehand.
    """
    share = min(max(share, 0.0), 1.0)
    digest = hashlib.sha256(key.encode()).digest()
    phase = int.from_bytes(digest[:8]) / 2**64
    return int(place * share + phase) > int((place - 1) * share + phase)


def share_of(how: How) -> float:
    """The share of closings of this kind that are drawn for a call-back."""
    return float(PACK["sampling"]["by_hand" if how is How.HAND else "share"])


def reason_of(given: str, own: Iterable[tuple[str, str]] = ()) -> tuple[str, str]:
    """(code, words) of a reason given as code or in words; `own`: a department's own reasons. ("", "") for an empty one.

    What is on no list is "other", with the words as they are.
    """
    given = " ".join(given.split())
    if not given:
        return "", ""
    rows = [*((code, names["zh"], names["en"]) for code, names in REASONS.items()), *((code, label, label) for code, label in own)]
    for code, chinese, english in rows:
        if given.casefold() in (code.casefold(), chinese.casefold(), english.casefold()):
            return code, chinese
    return OTHER, given
