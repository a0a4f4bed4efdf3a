"""Text a model may learn from: whoever wrote it cannot be found in it, and what it says is still there."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.masking import mask_for_training

NEUTRAL = [
    ("我叫张三，电话138 0013 8000，住桐梓坡路123号3栋2单元501", "我叫某某，电话000 0000 0000，住桐梓坡路000号0栋0单元000"),
    ("我叫李明华今年50岁", "我叫某某今年50岁"),
    ("联系人：欧阳娜娜 13800138000", "联系人：某某 00000000000"),
    ("李四，13900139000", "某某，00000000000"),
    ("王女士说湘A12345占道", "某女士说湘A00000占道"),
    ("粤B·D12345和京A1234警", "粤B·00000和京A00000警"),
    ("微信号abc_123，QQ 123456789，邮箱zhang.san@qq.com", "微信号某某，QQ 000000000，邮箱某某"),
    ("身份证11010519491231002X", "身份证000000000000000000"),
    ("卡号6222 0212 3456 7890 128", "卡号0000 0000 0000 0000 000"),
    ("（010）6888-1234", "（000）0000-0000"),
    ("座机88123456", "座机00000000"),
    ("（2020）湘0102民初123号判了", "（0000）湘0000民初000号判了"),
    ("单号20261122-000001，查询码AB2D-EF3H-JK4M-NP5Q", "单号00000000-000000，查询码0000-0000-0000-0000"),
    ("受理编号：XF20200412001", "受理编号：0000000000000"),
    ("三栋二单元漏水", "某栋某单元漏水"),
    ("丽景花园12-3-501漏水", "丽景花园00-0-000漏水"),
    ("手机1\u200b3800138000", "手机00000000000"),
]


@pytest.mark.parametrize(("text", "expected"), NEUTRAL)
def test_what_says_who_it_is_becomes_neutral(text: str, expected: str) -> None:
    assert mask_for_training(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "路灯坏了三天，3月5号报修的，5号线也太挤",
        "打12345没人接，400-820-1234也没用",
        "2025-03-12提交的材料",
        "我叫了三次救护车",
        "名叫幸福家园的小区",
        "联系人一直不接电话",
        "桐梓坡路的烧烤店油烟太大",
        "二年级三班",
        "工资5800元",
    ],
)
def test_what_says_nothing_of_a_person_stays(text: str) -> None:
    assert mask_for_training(text) == text


@pytest.mark.parametrize("text", [text for text, _ in NEUTRAL])
def test_a_second_time_changes_nothing(text: str) -> None:
    once = mask_for_training(text)
    assert mask_for_training(once) == once


@given(
    st.text(st.sampled_from("电话 -：,.xX@是"), max_size=20),
    st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True),
    st.text(st.sampled_from("号是，。 "), max_size=9),
)
def test_no_mobile_survives(before: str, mobile: str, after: str) -> None:
    assert not re.search("[1-9]", mask_for_training(before + mobile + after))


@given(st.text(max_size=100))
def test_any_text_gives_a_text_of_about_its_length(text: str) -> None:
    assert len(mask_for_training(text)) <= 3 * len(text) + 2


@pytest.mark.parametrize(
    "piece", ["1", "1 ", "1-", "a@", "A", "我叫", "张", "12栋", "号1", "湘A", "(2020)", "AB2D-", "一", "微信a"], ids=repr
)
def test_a_hostile_text_costs_steps_in_proportion(piece: str) -> None:
    def cost(size: int) -> float:
        text = (piece * 20_000)[:size]
        began = time.process_time()
        mask_for_training(text)
        return time.process_time() - began

    cost(100)
    assert min(cost(16_000) for _ in range(3)) <= 8 * min(cost(4_000) for _ in range(3)) + 0.01
