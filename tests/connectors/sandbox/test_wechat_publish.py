"""Drafts, freepublish and mass send (wechat.md §4.2–4.4)."""

import time
import xml.etree.ElementTree as ElementTree
from typing import Any

import pytest

from tests.connectors.sandbox.conftest import Sim
from tests.connectors.sandbox.test_wechat_api import stable
from tests.connectors.sandbox.test_wechat_kf import call


def draft(sim: Sim, **changes: Any) -> Any:
    url = f"/cgi-bin/media/upload?type=image&access_token={stable(sim)['access_token']}"
    thumb = sim.http.post(url, files={"media": ("a.png", b"\x89PNG")}).json()["media_id"]
    article = {"title": "停水通知", "content": "<p>今晚停水</p>", "thumb_media_id": thumb} | changes
    return call(sim, "/cgi-bin/draft/add", {"articles": [article]})


def event(sim: Sim, name: str) -> ElementTree.Element:
    """The job event, waited for at most 3 s."""
    for _ in range(60):
        for row in sim.echo.posts():
            root = ElementTree.fromstring(row.body)
            if root.findtext("Event") == name:
                return root
        time.sleep(0.05)
    raise AssertionError(f"{name} did not come")


def quick(sim: Sim, **more: Any) -> None:
    sim.account("wechat", kind=more.pop("kind", "service_certified"))
    sim.limits(wechat__publish__seconds=0.1, wechat__mass__seconds=0.1, **more)


def test_publishing_is_accepted_then_finished_by_an_event(sim: Sim) -> None:
    quick(sim)
    publish_id = call(sim, "/cgi-bin/freepublish/submit", {"media_id": draft(sim)["media_id"]})["publish_id"]
    assert call(sim, "/cgi-bin/freepublish/get", {"publish_id": publish_id})["publish_status"] == 1
    root = event(sim, "PUBLISHJOBFINISH")
    assert root.findtext("PublishEventInfo/publish_status") == "0"
    url = root.findtext("PublishEventInfo/article_detail/item/article_url") or ""
    assert "停水通知" in sim.http.get(url).text
    assert call(sim, "/cgi-bin/freepublish/get", {"publish_id": publish_id})["publish_status"] == 0


def test_a_rejected_publication_says_so_and_keeps_the_draft(sim: Sim) -> None:
    quick(sim, wechat__publish__status=4)
    media_id = draft(sim)["media_id"]
    publish_id = call(sim, "/cgi-bin/freepublish/submit", {"media_id": media_id})["publish_id"]
    event(sim, "PUBLISHJOBFINISH")
    assert call(sim, "/cgi-bin/freepublish/get", {"publish_id": publish_id})["fail_idx"] == [1]
    assert call(sim, "/cgi-bin/freepublish/submit", {"media_id": media_id})["errcode"] == 0
    assert sim.get("/sim/posts")["posts"] == []


def test_a_draft_is_used_up_by_publishing(sim: Sim) -> None:
    quick(sim)
    media_id = draft(sim)["media_id"]
    codes = [call(sim, "/cgi-bin/freepublish/submit", {"media_id": media_id})["errcode"] for _ in range(2)]
    assert codes == [0, 40007]


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"title": "长" * 33}, 45003), ({"digest": "长" * 129}, 45004), ({"content": "长" * 20_000}, 45002), ({"thumb_media_id": "x"}, 40007)],
)
def test_drafts_are_checked(sim: Sim, changes: dict[str, str], code: int) -> None:
    quick(sim)
    assert draft(sim, **changes)["errcode"] == code


def sendall(sim: Sim, **more: Any) -> Any:
    data = {"filter": {"is_to_all": True}, "msgtype": "text", "text": {"content": "通知"}, **more}
    return call(sim, "/cgi-bin/message/mass/sendall", data)


def test_a_repeated_clientmsgid_returns_the_first_msg_id(sim: Sim) -> None:
    quick(sim)
    first, second = sendall(sim, clientmsgid="k1"), sendall(sim, clientmsgid="k1")
    assert (second["errcode"], second["msg_id"]) == (45065, first["msg_id"])
    assert "msg_data_id" not in second


def test_a_mass_send_ends_with_its_event_and_state(sim: Sim) -> None:
    quick(sim)
    sim.say()
    msg_id = sendall(sim)["msg_id"]
    assert call(sim, "/cgi-bin/message/mass/get", {"msg_id": msg_id})["msg_status"] == "SENDING"
    root = event(sim, "MASSSENDJOBFINISH")
    assert (root.findtext("MsgID"), root.findtext("SentCount")) == (str(msg_id), "1")
    assert call(sim, "/cgi-bin/message/mass/get", {"msg_id": msg_id})["msg_status"] == "SEND_SUCCESS"
    assert [post["text"] for post in sim.get("/sim/posts")["posts"]] == ["通知"]


def test_subscription_accounts_send_once_a_day(sim: Sim) -> None:
    quick(sim, kind="subscription_certified")
    assert [sendall(sim)["errcode"], sendall(sim)["errcode"]] == [0, 45028]
    sim.clock(24 * 3600)
    assert sendall(sim)["errcode"] == 0


@pytest.mark.parametrize(
    ("more", "code"), [({"filter": {}}, 40152), ({"clientmsgid": "k" * 33}, 45067), ({"msgtype": "poem"}, 40008), ({"text": {}}, 44004)]
)
def test_mass_sends_are_checked(sim: Sim, more: dict[str, Any], code: int) -> None:
    quick(sim)
    assert sendall(sim, **more)["errcode"] == code


def test_another_accounts_job_cannot_be_asked_for(sim: Sim) -> None:
    quick(sim)
    assert call(sim, "/cgi-bin/message/mass/get", {"msg_id": 1})["errcode"] == 40059
