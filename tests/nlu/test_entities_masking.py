"""What the recognisers find as a personal number, the masking hides: two rooms that may not import each other agree by test."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nlu.entities import find
from nlu.entities.words import section
from policies.masking import mask, mask_for_training
from tests.nlu.test_entities import ROWS

PERSONAL = {"phone", "id_card", "bank_card"}
PUBLIC_LENGTH = 6  # 110, 12345, 95588, 961234
STRANGE = ["\u200b", "\ufe0f\u20e3", "\u00ad", "\u202f", "\u3000", "．", "－", "—", "·", "٣", "１", "\t", "x", "Ｘ", "（", "）", "(", ")"]
PIECES = [
    "138",
    "0013",
    "8000",
    "0731",
    "010",
    "400",
    "86",
    "+",
    "8765",
    "4321",
    "11010519491231002X",
    "6222021234567890128",
    "11",
    "90",
    "电话",
    "号",
    "元",
]


def digits(text: str) -> str:
    return "".join(sign for sign in text if sign.isdecimal())


def left_readable(text: str) -> list[str]:
    """Personal numbers that the recognisers see in a text and anybody still reads in its masked form."""
    personal = [digits(one["value"]) for one in find(text) if one["entity"] in PERSONAL]
    hidden = "".join(sign for sign in mask(text) if sign.isdecimal() or sign == "*")
    return [number for number in personal if len(number) > PUBLIC_LENGTH and number[:3] not in ("400", "800") and number in hidden]


@given(st.lists(st.sampled_from([*PIECES, *STRANGE, " ", "-", "，"]), max_size=14).map("".join))
@example("电话1\u200b3800138000")
@example("1️⃣3️⃣8️⃣0️⃣0️⃣1️⃣3️⃣8️⃣0️⃣0️⃣0️⃣")
@example("（０１０）６８８８１２３４")
@example("0731-87654321-802")
@example("電話88123456")
def test_no_personal_number_that_is_found_stays_readable(text: str) -> None:
    assert left_readable(text) == []


@pytest.mark.parametrize("word", section("numbers", "local_before"))
@pytest.mark.parametrize("between", ["", "：", "是", " "])
def test_a_local_number_is_found_and_hidden_behind_the_same_words(word: str, between: str) -> None:
    text = f"{word}{between}88123456"
    assert [one["value"] for one in find(text)] == ["88123456"]
    assert mask(text) == f"{word}{between}88****56"


@pytest.mark.parametrize("number", ["12345", "110", "400-820-1234", "95588"])
def test_public_numbers_stay(number: str) -> None:
    assert mask(f"拨打{number}") == f"拨打{number}"


NUMBERS = PERSONAL | {"plate", "case_number", "ticket_number"}


@pytest.mark.parametrize(
    "row", [row for row in ROWS if any(one["entity"] in NUMBERS for one in row["entities"])], ids=lambda row: row["text"][:30]
)
def test_no_number_of_a_person_is_left_in_training_text(row: dict[str, Any]) -> None:
    learnt = mask_for_training(row["text"])
    personal = [one["value"] for one in row["entities"] if one["entity"] in NUMBERS and len(digits(one["value"])) > PUBLIC_LENGTH - 2]
    kept = [
        value for value in personal if value in learnt and digits(value)[:3] not in ("400", "800") and len(digits(value)) > PUBLIC_LENGTH
    ]
    assert kept == []
