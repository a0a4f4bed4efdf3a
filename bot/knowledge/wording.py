"""What an entry must have before it is stored, wherever it comes from: the form, a spreadsheet, or a program."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from bot.knowledge.models import QUESTION_MAX, VARIANTS_MOST
from bot.staff.actions import Invalid
from bot.staff.models import Department, Person
from nlu.subjects import all_subjects, topics
from policies.knowledge import LONGEST

SOURCE_MAX = 200
URL_MAX = 500


def checked(values: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an entry, cleaned. Raises Invalid, in words."""
    department, owner = values["department"], values["owner"]
    if not isinstance(department, Department) or not department.is_active:
        raise Invalid("请选择部门。")
    if not isinstance(owner, Person) or not owner.is_active:
        raise Invalid("请选择负责人。")
    begins, ends = _day(values.get("valid_from")), _day(values.get("valid_until"))
    if begins and ends and ends < begins:
        raise Invalid("失效日期不能早于生效日期。")
    subject, topic = _category(str(values.get("subject") or ""), str(values.get("topic") or ""))
    return {
        "department": department,
        "owner": owner,
        "question": _text(values.get("question"), QUESTION_MAX, "请填写问题。"),
        "variants": _variants(values.get("variants") or []),
        "answer": _text(values.get("answer"), LONGEST, "请填写答案。"),
        "subject": subject,
        "topic": topic,
        "source_name": _text(values.get("source_name"), SOURCE_MAX, "请填写来源文件。"),
        "source_url": _address(str(values.get("source_url") or "").strip()),
        "valid_from": begins,
        "valid_until": ends,
    }


def printable(text: str) -> str:
    """Without signs that neither databases nor spreadsheets take."""
    return "".join(sign for sign in text if sign in "\n\t" or (sign.isprintable() and not "\ud800" <= sign <= "\udfff"))


def _text(value: object, most: int, missing: str) -> str:
    text = printable(str(value or "").replace("\r\n", "\n")).strip()
    if not text:
        raise Invalid(missing)
    if len(text) > most:
        raise Invalid(f"内容过长（{len(text)} 字），最多 {most} 字。")
    return text


def _variants(given: object) -> list[str]:
    lines = given if isinstance(given, list) else str(given).splitlines()
    kept = list(dict.fromkeys(text for line in lines if (text := printable(str(line)).strip())))
    if len(kept) > VARIANTS_MOST:
        raise Invalid("其他问法最多 30 条。")
    return [_text(text, QUESTION_MAX, "请填写问题。") for text in kept]


def _category(subject: str, topic: str) -> tuple[str, str]:
    if subject not in all_subjects():
        raise Invalid("请选择主题。")
    if topic and (topic not in topics() or topics()[topic].subject != subject):
        raise Invalid("二级主题不属于所选主题。")
    return subject, topic


def _address(text: str) -> str:
    try:
        parts = urlsplit(text)
    except ValueError:
        raise Invalid("来源网址应以 http:// 或 https:// 开头。") from None
    if text and (parts.scheme not in ("http", "https") or not parts.netloc or len(text) > URL_MAX or any(sign.isspace() for sign in text)):
        raise Invalid("来源网址应以 http:// 或 https:// 开头。")
    return printable(text)


def _day(value: object) -> date | None:
    if value in (None, ""):
        return None
    if not isinstance(value, date):
        raise Invalid("日期应写成 2026-12-31。")
    return value
