"""Legal routes: which is named first, and a ready reply that says only what is known."""

import pytest

from policies.legal import KINDS, ROUTES, Where, letter, likely


@pytest.mark.parametrize(
    ("kind", "said", "first"),
    [
        ("legal", "对处罚不服，要申请行政复议", "reconsideration"),
        ("legal", "我要去法院起诉", "litigation"),
        ("legal", "举报某人贪污", "discipline"),
        ("legal", "劳动仲裁去哪里", "arbitration"),
        ("legal", "我要上访", "petition"),
        ("disclosure", "我想要那份文件", "disclosure"),
        ("legal", "申请政府信息公开", "disclosure"),
    ],
)
def test_the_route_that_is_named_comes_first(kind: str, said: str, first: str):
    assert likely(kind, said)[0] == first


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_route_is_offered_once(kind: str):
    assert sorted(likely(kind, "")) == sorted(ROUTES)


def test_the_ready_reply_says_where_and_by_which_law():
    text = letter("petition", Where("市信访局", "人民路 1 号", "0000-1", "工作日", "https://x.example", "带身份证。", "信访工作条例"))
    assert text.splitlines()[1:] == [
        "受理单位：市信访局",
        "地址：人民路 1 号",
        "电话：0000-1",
        "时间：工作日",
        "网址：https://x.example",
        "带身份证。",
        "依据：信访工作条例",
    ]


def test_what_is_not_known_is_not_in_the_reply():
    assert letter("litigation", Where("区人民法院")).splitlines()[1:] == ["受理单位：区人民法院"]
