"""The pretend template messages: who may send them, to whom, and what they answer."""

from typing import Any

import pytest

from tests.connectors.sandbox.conftest import Sim
from tests.connectors.sandbox.test_wechat_kf import OPENID, call

DATA = {"thing1": {"value": "路灯"}}


def template(sim: Sim, **changes: Any) -> Any:
    body = {"touser": OPENID, "template_id": "T1", "data": DATA, "client_msg_id": "k1"} | changes
    return call(sim, "/cgi-bin/message/template/send", body)


def test_a_follower_gets_it_once_for_one_key_outside_any_window(sim: Sim) -> None:
    sim.account("wechat", template_id="T1")
    sim.say()
    first, again = template(sim), template(sim)
    assert first["errcode"] == 0 and again["msgid"] == first["msgid"]
    assert sim.texts() == ["[服务通知] 路灯"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"template_id": "T2"}, 40037),
        ({"touser": "nobody"}, 40003),
        ({"data": {}}, 47003),
        ({"data": {"thing1": {"value": "长" * 21}}}, 47003),
    ],
)
def test_what_the_platform_refuses(sim: Sim, changes: dict[str, Any], code: int) -> None:
    sim.account("wechat", template_id="T1")
    sim.say()
    assert template(sim, **changes)["errcode"] == code and sim.texts() == []
