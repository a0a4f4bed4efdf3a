"""Triage: what a citizen's message is, and whether it needs a person. Anything that is not surely no question becomes a ticket."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from policies.answers import answer_text
from policies.facts import QUESTION_KINDS, EventKind, Kind, Triage, Understanding
from policies.rulepack import read, values

__all__ = ["DEFAULT", "Clues", "Thresholds", "answer_text", "clues", "danger", "decide", "has_question_cue", "says_nothing_more"]


@dataclass(frozen=True, slots=True)
class Thresholds:
    """How sure the reading must be (0..1), and how long (characters) a text may be, for the decisions that are hard to undo."""

    emergency: float  # in danger at least so probably: everything else waits
    emergency_long: float  # the same for a text longer than emergency_longest, which mostly tells of what was
    emergency_longest: int
    emergency_sign: float  # the same for a short text with a word of danger in it
    dismiss: float  # at least so sure: no ticket
    dismiss_longest: int  # a longer text surely says something more
    bare_longest: int  # small talk without any of its words is believed up to this length
    cry_longest: int  # a longer text tells of an emergency, it does not cry for help
    unclear_intent: float  # less sure of what is wanted and …
    unclear_subject: float  # … less sure of what it is about: nobody knows what is meant
    foreign_share: float  # of the letters, this part or more in a script the reading never learned


_PACK: dict[str, Any] = values(read("triage"))
DEFAULT = Thresholds(**_PACK["thresholds"])

_DISMISSABLE = {Kind.THANKS: "chat_thanks", Kind.CHAT: "chat_hello", Kind.ADVERTISEMENT: ""}
_ANSWERS = {
    Kind.EMERGENCY: "ack_emergency",
    Kind.HUMAN: "ack_human",
    Kind.DISCLOSURE: "ack_disclosure",
    Kind.LEGAL: "ack_legal",
    Kind.UNCLEAR: "ack_unclear",
    Kind.COMPLAINT: "ack_complaint",
    Kind.REPORT: "ack_complaint",
}
_PLAIN = {Kind.CHAT: frozenset(_PACK["plain"]["greetings"]), Kind.THANKS: frozenset(_PACK["plain"]["thanks"])}
_CUES = re.compile("|".join(map(re.escape, _PACK["cues"]["anywhere"])) + r"|\b(?:" + "|".join(_PACK["cues"]["words"]) + r")\b|\d{5}")
_SIGNS = re.compile("|".join(_PACK["signs"]["patterns"]))
_KNOWN_SCRIPTS = ("CJK ", "LATIN ", "FULLWIDTH LATIN", "BOPOMOFO ", "IDEOGRAPHIC ")
_EMOTICON = re.compile(r"\[[^\[\]\s]{1,8}\]|/:[a-z0-9@,:;()&~!$'*<>|-]{1,10}")


def decide(
    understanding: Understanding,
    *,
    text: str,
    kind: EventKind,
    has_media: bool,
    joins_open_ticket: bool,
    only_stickers: bool = False,
    thresholds: Thresholds = DEFAULT,
) -> Triage:
    """What becomes of one message. `joins_open_ticket`: the citizen already has a ticket that takes it in (`tickets.joins`).

    `only_stickers`: what there is besides words is stickers, which say no more than an emoticon in the text.
    `text` is the citizen's own, before any cleaning; `understanding` may come from Rasa or from the keyword fallback.
    """
    if kind not in QUESTION_KINDS:
        answer = "chat_hello" if kind in {EventKind.FOLLOW, EventKind.SCAN, EventKind.MENU} else ""
        return Triage(Kind.CHAT, False, False, answer, "不是市民留言，无需答复", understanding.source)
    plain = normal(text)
    has_media = (has_media and not only_stickers) or _stands_in(text)
    made, why = _kind(understanding, plain, thresholds)
    if made is Kind.EMERGENCY:
        return _ticket(made, why, understanding)
    if not _has_words(plain) and not has_question_cue(text):
        return _wordless(text, only_stickers, has_media, joins_open_ticket, understanding)
    if joins_open_ticket:
        return _joined(made, "并入该市民未办结的诉求单；" + why, understanding)
    sure = None if has_media else _sure(understanding, made, text, thresholds)
    if sure:
        return _dismissed(sure[0], sure[1], understanding)
    if made in _DISMISSABLE:
        return _ticket(Kind.QUESTION, why + "，但不能确定不是提问", understanding)
    return _ticket(made, why, understanding)


def normal(text: str) -> str:
    """The text as rules read it: full-width forms made plain, small letters, without emoticons and without white space at the ends."""
    return _EMOTICON.sub("", unicodedata.normalize("NFKC", text).lower()).strip()


def has_question_cue(text: str) -> bool:
    """Whether anything in the text asks: a mark, a word (simplified or traditional Chinese, English), a number to call back."""
    return _CUES.search(unicodedata.normalize("NFKC", text).lower()) is not None


def says_nothing_more(text: str) -> Kind | None:
    """THANKS or CHAT for a text that is nothing but a thanks or a greeting from the list, else None."""
    bare = "".join(sign for sign in normal(text) if unicodedata.category(sign)[0] in "LN")
    return next((kind for kind, texts in _PLAIN.items() if bare in texts), None)


def _has_words(plain: str) -> bool:
    return any(unicodedata.category(sign)[0] in "LN" for sign in plain)


def _stands_in(text: str) -> bool:
    """Whether something in brackets is a platform's stand-in ("[图片]") for what it cannot pass on: as good as the thing itself."""
    return any(word in found for found in _EMOTICON.findall(text.lower()) for word in _PACK["placeholders"]["words"])


def _kind(understanding: Understanding, plain: str, thresholds: Thresholds) -> tuple[Kind, str]:
    """The kind and, for staff, why. An unknown intent counts as a question."""
    why = danger(clues(understanding, plain, thresholds), thresholds)
    if why:
        return Kind.EMERGENCY, why
    if any(word in plain for word in _PACK["human"]["anywhere"]) or plain in _PACK["human"]["alone"]:
        return Kind.HUMAN, "市民要求转人工"
    named = Kind(understanding.intent) if understanding.intent in Kind else Kind.QUESTION
    if named is Kind.EMERGENCY:
        return Kind.QUESTION, "疑似紧急但可能性过低，按咨询由人工查看"
    if named is Kind.UNCLEAR and understanding.subject and understanding.subject_confidence >= thresholds.unclear_subject:
        return Kind.QUESTION, f"意图不清，但主题有把握（{understanding.subject_confidence:.2f}），按咨询由人工查看"
    doubt = _unreadable(understanding, plain, thresholds)
    if doubt:
        return Kind.UNCLEAR, doubt
    return named, f"识别为“{named}”（{understanding.intent_confidence:.2f}）"


@dataclass(frozen=True, slots=True)
class Clues:
    """What speaks for an emergency, before any threshold is applied."""

    probability: float
    short: bool
    sign: str  # a word of danger in a short text
    cry: str  # words of somebody in danger, in a very short one


def clues(understanding: Understanding, text: str, thresholds: Thresholds = DEFAULT) -> Clues:
    """The model's own probability and the words of the text."""
    plain = normal(text)
    likely = max(understanding.emergency, understanding.intent_confidence if understanding.intent == Kind.EMERGENCY else 0.0)
    short = len(plain) <= thresholds.emergency_longest
    sign = _SIGNS.search(plain) if short else None
    cry = next((word for word in _PACK["cries"]["words"] if word in plain), "") if len(plain) <= thresholds.cry_longest else ""
    return Clues(likely, short, sign[0] if sign else "", cry)


def danger(found: Clues, thresholds: Thresholds = DEFAULT) -> str:
    """Why this is an emergency, in words for staff; "" if it is none. The model, the words of danger and the cries each may say so."""
    if found.probability >= (thresholds.emergency if found.short else thresholds.emergency_long):
        return f"紧急的可能为 {found.probability:.0%}，宁可误报"
    if found.sign and found.probability >= thresholds.emergency_sign:
        return f"紧急的可能为 {found.probability:.1%}，且提到“{found.sign}”，宁可误报"
    return f"含紧急用语“{found.cry}”" if found.cry else ""


def foreign_share(text: str) -> float:
    """The part of a text's letters (0..1) that are neither Chinese nor Latin; 0 for a text without letters."""
    letters = [sign for sign in text if sign.isalpha()]
    foreign = [sign for sign in letters if not unicodedata.name(sign, "").startswith(_KNOWN_SCRIPTS)]
    return len(foreign) / len(letters) if letters else 0.0


def _unreadable(understanding: Understanding, plain: str, thresholds: Thresholds) -> str:
    """Why nobody should believe the reading, in words for staff; "" if it may be believed.

    A model must name some class, also for keyboard noise or Uyghur. A word of asking is believed against a doubtful reading.
    """
    share = foreign_share(plain)
    if share >= thresholds.foreign_share:
        return f"多为其他文字（{share:.0%}），看不懂，请人工判断"
    sure = understanding.intent_confidence >= thresholds.unclear_intent or understanding.subject_confidence >= thresholds.unclear_subject
    if sure or has_question_cue(plain):
        return ""
    return f"意图（{understanding.intent_confidence:.2f}）和主题（{understanding.subject_confidence:.2f}）把握都很低，看不懂，请人工判断"


def _sure(understanding: Understanding, made: Kind, text: str, thresholds: Thresholds) -> tuple[Kind, str] | None:
    """The kind and the reason of a dismissal, or None where the text may be a question after all."""
    if has_question_cue(text):
        return None
    listed = says_nothing_more(text)
    if listed is not None:
        return listed, "仅为问候或致谢"
    confident = understanding.source == "rasa" and understanding.intent_confidence >= thresholds.dismiss
    if made not in _DISMISSABLE or not confident or len(text) > thresholds.dismiss_longest:
        return None
    if not _bears_out(made, normal(text), thresholds):
        return None
    return made, f"识别为“{made}”（{understanding.intent_confidence:.2f}），且无提问用语"


def _bears_out(kind: Kind, plain: str, thresholds: Thresholds) -> bool:
    """Whether the words themselves bear out the reading: a model that is sure and wrong must not lose a question alone."""
    if kind is Kind.CHAT and len(plain) <= thresholds.bare_longest:
        return True
    return any(word in plain for word in _PACK["evidence"][kind])


def _has_emoticon(text: str) -> bool:
    return bool(_EMOTICON.search(text)) or any(unicodedata.category(sign) in ("So", "Sk") for sign in text)


def _wordless(text: str, only_stickers: bool, has_media: bool, joins_open_ticket: bool, understanding: Understanding) -> Triage:
    """A message without words: emoticons alone are no question; a picture, a row of dots, or a shape we cannot read, may be one."""
    if joins_open_ticket:
        return _joined(Kind.QUESTION, "无文字，并入该市民未办结的诉求单", understanding)
    if has_media:
        return _ticket(Kind.QUESTION, "只有图片、语音等内容，由人工查看", understanding)
    if only_stickers or _has_emoticon(text):
        return _dismissed(Kind.CHAT, "只有表情", understanding)
    if any(unicodedata.category(sign)[0] in "PS" for sign in text):
        return _ticket(Kind.UNCLEAR, "只有标点，看不懂，请人工判断", understanding)
    return _ticket(Kind.QUESTION, "内容为空或平台未能转述，由人工查看", understanding)


def _ticket(kind: Kind, reason: str, understanding: Understanding) -> Triage:
    urgent = kind in {Kind.EMERGENCY, Kind.HUMAN}
    return Triage(kind, True, urgent, _ANSWERS.get(kind, "ack_question"), reason, understanding.source)


def _joined(kind: Kind, reason: str, understanding: Understanding) -> Triage:
    answer = "ack_human" if kind is Kind.HUMAN else "ack_joined"
    return Triage(kind, True, kind is Kind.HUMAN, answer, reason, understanding.source)


def _dismissed(kind: Kind, reason: str, understanding: Understanding) -> Triage:
    return Triage(kind, False, False, _DISMISSABLE[kind], reason, understanding.source)
