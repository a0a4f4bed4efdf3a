"""Drafts, freepublish and mass send: small, true state machines (wechat.md §4.2–4.4)."""

from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from connectors.sandbox.accounts import Account
from connectors.sandbox.wechat_base import WechatError, ok, reply
from connectors.sandbox.wechat_kf import body_of, raw_utf8
from connectors.sandbox.wechat_push import job
from connectors.sandbox.wechat_state import Publish
from connectors.sandbox.wechat_xml import envelope
from connectors.sandbox.wire import Call
from connectors.sandbox.world import World


def draft_add(world: World, account: Account, call: Call) -> Response:
    """POST /cgi-bin/draft/add."""
    articles = body_of(call).get("articles")
    raw_utf8(call.body)
    if not isinstance(articles, list) or not articles or not all(isinstance(article, dict) for article in articles):
        raise WechatError(47001)
    if len(articles) > world.limits["wechat.draft.articles"]:
        raise WechatError(45008)
    for article in articles:
        _check_article(world, account, article)
    media_id = f"draft_{next(world.wechat.ids)}"
    world.wechat.drafts[media_id] = (account.id, articles)
    return reply({"media_id": media_id})


def _check_article(world: World, account: Account, article: dict[str, Any]) -> None:
    limits, content = world.limits, str(article.get("content") or "")
    if not article.get("title") or not content:
        raise WechatError(44004)
    if len(str(article["title"])) > limits["wechat.draft.title_chars"]:
        raise WechatError(45003)
    if len(str(article.get("digest") or "")) > limits["wechat.draft.digest_chars"]:
        raise WechatError(45004)
    if len(str(article.get("author") or "")) > limits["wechat.draft.author_chars"]:
        raise WechatError(45110, "author size out of limit")
    if len(content) >= limits["wechat.draft.content_chars"] or len(content.encode()) >= limits["wechat.draft.content_bytes"]:
        raise WechatError(45002)
    if article.get("article_type", "news") == "news":
        thumb = world.media.get(str(article.get("thumb_media_id") or ""))
        if thumb is None or thumb.account != account.id:
            raise WechatError(40007)


def _take_draft(world: World, account: Account, media_id: str) -> list[dict[str, Any]]:
    owner, articles = world.wechat.drafts.get(media_id, ("", []))
    if owner != account.id:
        raise WechatError(40007)
    del world.wechat.drafts[media_id]
    return articles


def submit(world: World, account: Account, call: Call) -> Response:
    """POST /cgi-bin/freepublish/submit: accepted only; the end comes as PUBLISHJOBFINISH."""
    media_id = str(body_of(call).get("media_id") or "")
    publish_id = str(next(world.wechat.ids))
    articles = _take_draft(world, account, media_id)
    entry = world.wechat.publishes[publish_id] = Publish(account.id, media_id, f"art_{publish_id}", articles)

    async def finish() -> None:
        entry.done, entry.status = True, int(world.limits["wechat.publish.status"])
        if entry.status == 0:
            _appear(world, account, entry, publish_id)
        else:
            world.wechat.drafts[media_id] = (account.id, articles)
        if world.limits["wechat.publish.event"]:
            await _event(world, account, "PUBLISHJOBFINISH", {"PublishEventInfo": _publish_info(world, publish_id, entry)})

    world.jobs.later(world.limits["wechat.publish.seconds"], finish)
    return ok(publish_id=publish_id, msg_data_id=int(publish_id))


def _appear(world: World, account: Account, entry: Publish, platform_id: str) -> None:
    world.wechat.articles[entry.article_id] = {"account": account.name, "articles": entry.articles}
    first = entry.articles[0] if entry.articles else {"title": entry.text}
    world.publish(
        account, {"id": platform_id, "text": str(first.get("title") or ""), "url": _url(world, entry, 0) if entry.articles else ""}
    )


def _url(world: World, entry: Publish, index: int) -> str:
    return f"{world.origin}/s/{entry.article_id}?idx={index + 1}"


def _publish_info(world: World, publish_id: str, entry: Publish) -> dict[str, Any]:
    info: dict[str, Any] = {"publish_id": publish_id, "publish_status": entry.status}
    if entry.status == 0:
        return info | {"article_id": entry.article_id, "article_detail": _detail(world, entry)}
    return info | {"fail_idx": 1}


def _detail(world: World, entry: Publish) -> dict[str, Any]:
    items = [{"idx": index + 1, "article_url": _url(world, entry, index)} for index in range(len(entry.articles))]
    return {"count": len(items), "item": items}


def publish_get(world: World, account: Account, call: Call) -> Response:
    """POST /cgi-bin/freepublish/get: 0 well, 1 in progress, 2 to 4 failed."""
    publish_id = str(body_of(call).get("publish_id") or "")
    entry = world.wechat.publishes.get(publish_id)
    if entry is None or entry.account != account.id:
        raise WechatError(53500, "invalid publish_id")
    answer: dict[str, Any] = {"publish_id": publish_id, "publish_status": entry.status if entry.done else 1}
    if entry.done and entry.status == 0:
        answer |= {"article_id": entry.article_id, "article_detail": _detail(world, entry)}
    return reply(answer | {"fail_idx": [1] if entry.done and entry.status else []})


def sendall(world: World, account: Account, call: Call) -> Response:
    """POST /cgi-bin/message/mass/sendall with clientmsgid as the idempotency key."""
    data = body_of(call)
    raw_utf8(call.body)
    _client_id(world, account, str(data.get("clientmsgid") or ""))
    audience = data.get("filter")
    if not isinstance(audience, dict) or not (audience.get("is_to_all") or audience.get("tag_id")):
        raise WechatError(40152)
    _mass_quota(world, account, to_all=bool(audience.get("is_to_all")))
    entry, msg_id = _mass_entry(world, account, data), str(next(world.wechat.ids))
    world.wechat.mass[msg_id] = entry
    if data.get("clientmsgid"):
        world.wechat.client_ids[account.id, str(data["clientmsgid"])] = (msg_id, world.clock.now())
    world.jobs.later(world.limits["wechat.mass.seconds"], _finish_mass(world, account, entry, msg_id))
    return reply({"errcode": 0, "errmsg": "send job submission success", "msg_id": int(msg_id), "msg_data_id": int(msg_id) + 1})


def _client_id(world: World, account: Account, client_id: str) -> None:
    if len(client_id) > world.limits["wechat.mass.clientmsgid_chars"]:
        raise WechatError(45067)
    msg_id, at = world.wechat.client_ids.get((account.id, client_id), ("", 0.0))
    age = world.clock.now() - at
    if not msg_id or age > world.limits["wechat.mass.clientmsgid_seconds"]:
        return
    if age < world.limits["wechat.mass.clientmsgid_gap_seconds"]:
        raise WechatError(45066)
    raise WechatError(45065, msg_id=int(msg_id))


def _mass_quota(world: World, account: Account, *, to_all: bool) -> None:
    service, days, day = account.kind.startswith("service"), world.wechat.mass_days, world.clock.day()
    if service and not to_all:
        return
    month = (account.id, day[:7])
    if days[account.id, day] >= world.limits["wechat.mass.svc_per_day" if service else "wechat.mass.sub_per_day"]:
        raise WechatError(45028)
    if service and days[month] >= world.limits["wechat.mass.svc_per_month"]:
        raise WechatError(45028)


def _mass_entry(world: World, account: Account, data: dict[str, Any]) -> Publish:
    kind = str(data.get("msgtype") or "")
    part = data.get(kind)
    if kind not in ("mpnews", "text") or not isinstance(part, dict):
        raise WechatError(40008)
    if kind == "text" and not part.get("content"):
        raise WechatError(44004)
    media_id = str(part.get("media_id") or "")
    articles = _take_draft(world, account, media_id) if kind == "mpnews" else []
    day = world.clock.day()
    for key in ((account.id, day), (account.id, day[:7])):
        world.wechat.mass_days[key] += 1
    return Publish(account.id, media_id, f"art_{next(world.wechat.ids)}", articles, str(part.get("content") or ""))


def _finish_mass(world: World, account: Account, entry: Publish, msg_id: str) -> Callable[[], Any]:
    async def finish() -> None:
        entry.done, entry.status = True, str(world.limits["wechat.mass.status"])
        good = entry.status == "send success"
        if good:
            _appear(world, account, entry, msg_id)
        elif entry.articles:
            world.wechat.drafts[entry.media_id] = (account.id, entry.articles)
        fans = sum(1 for (owner, _), citizen in world.people.items() if owner == account.id and citizen.following)
        sent = fans if good else 0
        fields: dict[str, Any] = {"MsgID": int(msg_id), "Status": entry.status, "TotalCount": fans, "FilterCount": fans}
        fields |= {"SentCount": sent, "ErrorCount": fans - sent}
        urls = [{"ArticleIdx": index + 1, "ArticleUrl": _url(world, entry, index)} for index in range(len(entry.articles))]
        fields["ArticleUrlResult"] = {"Count": len(urls), "ResultList": urls}
        await _event(world, account, "MASSSENDJOBFINISH", fields)

    return finish


def mass_get(world: World, account: Account, call: Call) -> Response:
    """POST /cgi-bin/message/mass/get."""
    msg_id = str(body_of(call).get("msg_id") or "")
    entry = world.wechat.mass.get(msg_id)
    if entry is None or entry.account != account.id:
        raise WechatError(40059)
    status = "SENDING" if not entry.done else "SEND_SUCCESS" if entry.status == "send success" else "SEND_FAIL"
    return reply({"msg_id": int(msg_id), "msg_status": status})


async def _event(world: World, account: Account, name: str, fields: dict[str, Any]) -> None:
    """A job event: its sender is an administrator of the account, nobody who writes (wechat.md §2.2)."""
    admin = "oAdmin" + account.origin_id[3:]
    body = envelope(account, admin, int(world.clock.stamp()), "event") | {"Event": name} | fields
    if account.hook_url:
        await world.pusher.deliver(job(world, account, admin, "", name, body, name))
