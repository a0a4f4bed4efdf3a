"""Tokens, rights, quotas and media of the pretend api.weixin.qq.com (wechat.md §5)."""

from typing import Any

import httpx
import pytest

from tests.connectors.sandbox.conftest import CREDENTIALS, Sim

APP = {"appid": CREDENTIALS["wechat"]["app_id"], "secret": CREDENTIALS["wechat"]["app_secret"]}


def legacy(sim: Sim, **changes: str) -> Any:
    return sim.get("/cgi-bin/token", **({"grant_type": "client_credential"} | APP | changes))


def stable(sim: Sim, **changes: Any) -> Any:
    return sim.post("/cgi-bin/stable_token", {"grant_type": "client_credential"} | APP | changes)


def code_with(sim: Sim, token: str) -> int:
    return int(sim.get("/cgi-bin/getcallbackip", access_token=token).get("errcode", 0))


def test_the_stable_token_repeats_itself(sim: Sim) -> None:
    sim.account("wechat")
    first = stable(sim)
    assert stable(sim)["access_token"] == first["access_token"]
    assert 7190 <= first["expires_in"] <= 7200


def test_the_stable_token_is_renewed_in_its_last_five_minutes_and_both_work(sim: Sim) -> None:
    sim.account("wechat")
    first = stable(sim)["access_token"]
    sim.clock(6950)
    second = stable(sim)
    assert second["access_token"] != first
    assert (code_with(sim, first), code_with(sim, second["access_token"])) == (0, 0)


def test_the_legacy_token_rotates_with_five_minutes_of_overlap(sim: Sim) -> None:
    sim.account("wechat")
    first, second = legacy(sim)["access_token"], legacy(sim)["access_token"]
    assert (code_with(sim, first), code_with(sim, second)) == (0, 0)
    sim.clock(301)
    assert (code_with(sim, first), code_with(sim, second)) == (40001, 0)


def test_both_token_services_leave_each_other_alone(sim: Sim) -> None:
    sim.account("wechat")
    token = stable(sim)["access_token"]
    legacy(sim)
    sim.clock(400)
    assert code_with(sim, token) == 0


def test_forcing_kills_the_old_token_at_once_and_is_limited(sim: Sim) -> None:
    sim.account("wechat")
    old = stable(sim)["access_token"]
    new = stable(sim, force_refresh=True)["access_token"]
    assert (code_with(sim, old), code_with(sim, new)) == (40001, 0)
    assert stable(sim, force_refresh=True)["errcode"] == 45011
    codes = []
    for _ in range(20):
        sim.clock(31)
        codes.append(stable(sim, force_refresh=True).get("errcode"))
    assert codes == [None] * 19 + [45009]


def test_missing_unknown_and_expired_tokens_have_their_own_codes(sim: Sim) -> None:
    sim.account("wechat")
    token = stable(sim)["access_token"]
    assert (code_with(sim, ""), code_with(sim, "nonsense")) == (41001, 40014)
    sim.clock(7201)
    assert code_with(sim, token) == 42001


@pytest.mark.parametrize(("changes", "code"), [({"secret": "no"}, 40125), ({"appid": "wx9"}, 40013), ({"grant_type": "x"}, 40002)])
def test_wrong_credentials_have_their_own_codes(sim: Sim, changes: dict[str, str], code: int) -> None:
    sim.account("wechat")
    assert legacy(sim, **changes)["errcode"] == stable(sim, **changes)["errcode"] == code


def test_errors_are_http_200_text_plain_with_a_rid(sim: Sim) -> None:
    answer = sim.http.get("/cgi-bin/getcallbackip")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    assert " rid: " in answer.json()["errmsg"]


def test_quotas_are_counted_refused_and_cleared(sim: Sim) -> None:
    sim.account("wechat")
    token = stable(sim)["access_token"]
    sim.limits(**{"wechat.daily./cgi-bin/media/get": 1})
    path = "/cgi-bin/media/get?access_token=" + token
    codes = [sim.http.get(path + "&media_id=x").json()["errcode"] for _ in range(2)]
    assert codes == [40007, 45009]
    quota = sim.post(f"/cgi-bin/openapi/quota/get?access_token={token}", {"cgi_path": "/cgi-bin/media/get"})["quota"]
    assert quota == {"daily_limit": 1, "used": 1, "remain": 0}
    assert sim.post(f"/cgi-bin/clear_quota?access_token={token}", {"appid": APP["appid"]})["errcode"] == 0
    assert sim.http.get(path + "&media_id=x").json()["errcode"] == 40007


def test_the_quota_comes_back_with_the_next_day_in_beijing(sim: Sim) -> None:
    sim.account("wechat")
    sim.limits(**{"wechat.daily./cgi-bin/token": 1})
    assert legacy(sim).get("errcode") is None
    assert legacy(sim)["errcode"] == 45009
    sim.clock(24 * 3600)
    assert legacy(sim).get("errcode") is None


def test_pushed_media_can_be_fetched_by_its_account_for_three_days(sim: Sim) -> None:
    sim.account("wechat")
    sim.say("", media="image")
    media_id = sim.echo.posts()[0].body.decode().split("<MediaId><![CDATA[")[1].split("]")[0]
    answer = sim.http.get("/cgi-bin/media/get", params={"access_token": stable(sim)["access_token"], "media_id": media_id})
    assert answer.content.startswith(b"\x89PNG")
    sim.clock(3 * 24 * 3600 + 1)
    assert sim.get("/cgi-bin/media/get", access_token=stable(sim)["access_token"], media_id=media_id)["errcode"] == 40007


@pytest.mark.parametrize(("kind", "content", "code"), [("image", b"", 44001), ("poem", b"x", 40004), ("thumb", b"x" * 65_537, 40006)])
def test_uploads_are_checked(sim: Sim, kind: str, content: bytes, code: int) -> None:
    sim.account("wechat")
    url = f"/cgi-bin/media/upload?type={kind}&access_token={stable(sim)['access_token']}"
    assert sim.http.post(url, files={"media": ("a.png", content)}).json()["errcode"] == code


def test_an_upload_is_kept_byte_by_byte(sim: Sim) -> None:
    sim.account("wechat")
    token, content = stable(sim)["access_token"], bytes(range(256)) + b"\r\n--x\r\n\r\n"
    made = sim.http.post(f"/cgi-bin/media/upload?type=image&access_token={token}", files={"media": ("a.png", content)}).json()
    answer: httpx.Response = sim.http.get("/cgi-bin/media/get", params={"access_token": token, "media_id": made["media_id"]})
    assert answer.content == content
