"""Sending one reply, once, where its thread says; and asking Weibo whether a doubtful one arrived (facts §1.5, §2.5)."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from connectors.contract import Tools
from connectors.weibo import api, wire
from connectors.weibo.config import LIMITS, credential
from connectors.weibo.items import author, item_id
from policies.facts import AccountFacts, Outcome, Outgoing, Result

SHOW, BY_ME = "/2/comments/show.json", "/2/comments/by_me.json"
CLOCK_SLACK = timedelta(minutes=2)  # between our clock and the platform's, when looking for our own comment
_PREFIX = re.compile(r"回复\s*@[^:：]{1,60}[:：]\s*")


def text_limit(thread: Mapping[str, Any]) -> tuple[int, str]:
    """How long an answer in this thread may be, and the unit: fewer in public than in private."""
    row = LIMITS["private" if _road(thread) == "private" else "comment"]
    return int(row["text_max"]), str(row["text_unit"])


def weight(text: str, unit: str) -> float:
    """The length of a text in characters, or in Chinese characters of two GBK bytes (an emoji counts two)."""
    return len(text.encode("gb18030", "replace")) / 2 if unit == "gbk_half" else float(len(text))


def send(item: Outgoing, account: AccountFacts, tools: Tools) -> Result:
    """Try once. A private message, an answer to a comment, or a comment under a post that names us. Never raises."""
    text, road = wire.clean_text(item.text), _road(item.thread)
    if (refusal := _unfit(item, text, road)) is not None:
        return refusal
    if road == "private":
        return _private(item.citizen, text, account, tools)
    form = {"comment": text, "id": wire.ident(item.thread.get("id"))}
    if road == "reply":
        form |= {"cid": wire.ident(item.thread.get("cid"))}
    return _public("/2/comments/reply.json" if road == "reply" else "/2/comments/create.json", form, account, tools)


def _road(thread: Mapping[str, Any]) -> str:
    """Which call answers this thread: "private", "reply", "create", or "" when the thread cannot be answered."""
    kind, post, comment = thread.get("kind") or "private", wire.ident(thread.get("id")), wire.ident(thread.get("cid"))
    if kind in ("comment", "mention_comment") and comment and post:
        return "reply"
    if kind == "mention_comment" and comment:
        return "private"  # a pushed mention names the comment but not its post; a private reply to it is allowed once (§2.5)
    if kind == "mention_status" and post:
        return "create"
    return "private" if kind == "private" else ""


def _unfit(item: Outgoing, text: str, road: str) -> Result | None:
    if item.kind != "text":
        return Result(Outcome.REFUSED, code="kind", error=f"微博回复只能是文字 / cannot send {item.kind[:20]}")
    if not road or (road == "private" and not wire.ident(item.citizen)):
        return Result(Outcome.REFUSED, code="thread", error="缺少可回复的对象（评论或微博的 id） / nothing to answer to")
    if not text.strip():
        return Result(Outcome.REFUSED, code="empty", error="内容为空 / empty text")
    most, unit = text_limit(item.thread)
    if (size := weight(text, unit)) > most:
        return Result(Outcome.REFUSED, code="length", error=f"内容过长：{size:g}，最多 {most} 字 / text too long")
    return None


def _private(citizen: str, text: str, account: AccountFacts, tools: Tools) -> Result:
    """POST messages/reply: `data` is JSON, URL-encoded once by the form (W/Send_Customer_Service_Message shows the curl)."""
    token = credential(account, "fan_access_token") or credential(account, "access_token")
    if not token:
        return _no_token()
    data = json.dumps({"text": text}, ensure_ascii=False)
    form = {"access_token": token, "type": "text", "data": data, "receiver_id": citizen, "save_sender_box": "1"}
    said = api.post(account, tools, "fan", "/2/messages/reply.json", form)
    if said.failure:
        return said.failure
    found = wire.mapping(said.data)
    names = ("msg_id", "message_id", "idstr", "id")
    number = next((each for name in names if (each := wire.ident(found.get(name)))), "")
    if number or found.get("result") in (True, 1, "true", "1"):
        return Result(Outcome.SENT, platform_id=number)
    return Result(Outcome.UNKNOWN, code="shape", error="微博没有确认，是否已发出不明 / not confirmed by Weibo")


def _public(path: str, form: Mapping[str, str], account: AccountFacts, tools: Tools) -> Result:
    token = credential(account, "access_token")
    if not token:
        return _no_token()
    rip = credential(account, "rip")  # the server's public egress address; left out rather than made up (§1.5)
    said = api.post(account, tools, "api", path, {"access_token": token, **form, **({"rip": rip} if rip else {})})
    if said.failure:
        return said.failure
    if number := item_id(wire.mapping(said.data)):
        return Result(Outcome.SENT, platform_id=number, url=_url(account, form["id"]))
    # A comment equal to our previous one is ignored with an empty answer (W/index.php?title=Statuses/comment&oldid=1057).
    return Result(Outcome.UNKNOWN, code="empty", error="微博没有返回评论，可能与上一条相同而被忽略 / no comment in the answer")


def _no_token() -> Result:
    return Result(Outcome.RECONNECT, code="token", error="缺少授权，请账号持有人授权 / no token: authorise the account")


def _url(account: AccountFacts, post: str) -> str:
    uid = credential(account, "uid")
    return f"https://weibo.com/{uid}/{post}" if uid and not account.base_url else ""


def check(item: Outgoing, account: AccountFacts, tools: Tools) -> Result:
    """Look for our own comment: SENT with its id when it stands there, else UNKNOWN. Not finding it proves nothing:
    comments show up with delay, are hidden by the author, or stand on a later page. Private replies cannot be asked for.
    """
    token, uid, post = credential(account, "access_token"), credential(account, "uid"), wire.ident(item.thread.get("id"))
    if _road(item.thread) not in ("reply", "create"):
        return Result(Outcome.UNKNOWN, error="微博无法查询私信是否送达，请人工确认 / Weibo cannot tell")
    if not (token and uid):
        return Result(Outcome.UNKNOWN, error="缺少 access_token 或 uid，无法核对 / cannot check without token and uid")
    count = LIMITS["poll"]["comments_count"]
    why = ""
    for path, params in ((SHOW, {"id": post, "count": count}), (BY_ME, {"count": count})):
        said = api.get(account, tools, path, token, params)
        why = said.failure.error if said.failure else why
        for found in _comments(said.data):
            if author(found)[0] == uid and _is_ours(found, item):
                return Result(Outcome.SENT, platform_id=item_id(found), url=_url(account, post))
    return Result(Outcome.UNKNOWN, error=f"在微博上没有找到这条评论，请人工确认 / not found{': ' + why if why else ''}")


def _comments(data: Any) -> Iterator[Mapping[str, Any]]:
    listed = data.get("comments") if isinstance(data, dict) else data
    if isinstance(listed, list):
        yield from (each for each in listed if isinstance(each, dict))


def _is_ours(found: Mapping[str, Any], item: Outgoing) -> bool:
    """Whether a comment of ours is this item: same words (the platform may put 回复@名字: before them), same thread, not older."""
    shown, wanted = (" ".join(each.split()) for each in (wire.words(found.get("text")), wire.clean_text(item.text)))
    if wanted not in (shown, _PREFIX.sub("", shown, count=1)):
        return False
    post, answered = item_id(wire.mapping(found.get("status"))), item_id(wire.mapping(found.get("reply_comment")))
    if post not in ("", wire.ident(item.thread.get("id"))) or answered not in ("", wire.ident(item.thread.get("cid"))):
        return False
    return not _is_older(wire.moment(found.get("created_at")), item.first_tried_at or item.queued_at)


def _is_older(written: datetime | None, tried: datetime | None) -> bool:
    return written is not None and tried is not None and written < tried - CLOCK_SLACK
