"""Weibo's writing calls: share, comments, and the fan service's reply (weibo-telegram-cap.md §1.3, §1.5, §2.5)."""

import difflib
import hashlib
import json
import re
from typing import Any
from urllib.parse import unquote_plus, urlsplit

from starlette.responses import Response

from connectors.sandbox.accounts import Account
from connectors.sandbox.weibo_base import WeiboError, comment, status
from connectors.sandbox.weibo_reads import number
from connectors.sandbox.weibo_state import Entry
from connectors.sandbox.windows import Verdict
from connectors.sandbox.wire import Call, Upload, reply_json
from connectors.sandbox.world import World

LINK = re.compile(r"https?://[!-~]+")
PICTURES = (b"\xff\xd8\xff", b"GIF8", b"\x89PNG")


def weight(text: str) -> float:
    """Weibo's length of a text: GBK bytes / 2, what GBK lacks counts as one character."""
    return sum(len(char.encode("gbk", "ignore")) or 2 for char in text) / 2


def required(call: Call, name: str) -> str:
    """A parameter that must be there. Raises 10016."""
    value = call.fields.get(name, "")
    if not value:
        raise WeiboError(10016, f"Miss required parameter ({name}), see doc for more info.")
    return value


def share(world: World, account: Account, call: Call) -> Response:
    """POST /2/statuses/share.json."""
    text = call.fields.get("status", "")
    if not text.strip():
        raise WeiboError(20008)
    if weight(text) > world.limits["weibo.text.post_weight"]:
        raise WeiboError(20012)
    _safe_link(account, text)
    _picture(world, call)
    _not_again(world, account, text)
    delay = float(world.limits["weibo.text.delayed_seconds"])
    uid = account.secret("uid")
    entry = world.weibo.write(uid, LINK.sub(_short, text), delay=delay)
    if call.files.get("pic"):
        item = world.media.put(account.id, "image", call.files["pic"].content, world.clock.now(), "wbp_")
        entry.picture = f"{call.origin}/mmbiz_pic/{item.id}/0"
    world.weibo.remember(uid, "post", text)
    world.publish(account, {"id": str(entry.id), "text": text, "url": f"{call.origin}/{uid}/{entry.id}", "picture": entry.picture})
    if delay:
        raise WeiboError(20032)
    return reply_json(status(world, entry))


def _short(link: re.Match[str]) -> str:
    return "http://t.cn/" + hashlib.sha256(link[0].encode()).hexdigest()[:7]


def _safe_link(account: Account, text: str) -> None:
    domain = account.secret("safe_domain").lower()
    if not domain:
        raise WeiboError(10017, "appkey not bind domain!")
    bare = domain.removeprefix("https://").removeprefix("http://").split("/")[0].split(":")[0]
    hosts = [(urlsplit(found).hostname or "") for found in LINK.findall(text)]
    if not any(host == bare or host.endswith(f".{bare}") for host in hosts):
        raise WeiboError(10017)


def _picture(world: World, call: Call) -> None:
    picture: Upload | None = call.files.get("pic")
    if picture is None:
        if "pic" in call.fields or (call.headers.get("content-type", "").startswith("multipart/") and not call.files):
            raise WeiboError(20007)
        return
    if not picture.content.startswith(PICTURES):
        raise WeiboError(20005)
    if len(picture.content) >= world.limits["weibo.text.picture_bytes"]:
        raise WeiboError(20006)


def _not_again(world: World, account: Account, text: str) -> None:
    for earlier in world.weibo.recent(account.secret("uid"), "post"):
        if earlier == text:
            raise WeiboError(20019)
        if difflib.SequenceMatcher(None, earlier, text).ratio() >= world.limits["weibo.text.similar_ratio"]:
            raise WeiboError(20017)


def comment_create(world: World, account: Account, call: Call) -> Response:
    """POST /2/comments/create.json."""
    text = _comment_text(world, account, call)
    post = _post(world, call)
    return _write_comment(world, account, text, post, None)


def comment_reply(world: World, account: Account, call: Call) -> Response:
    """POST /2/comments/reply.json; without_mention=0 puts 回复@名字: in front."""
    cid = number(call, "cid", 0)
    text = _comment_text(world, account, call)
    post, parent = _post(world, call), world.weibo.comments.get(cid)
    if parent is None or not world.weibo.visible(parent):
        raise WeiboError(20201)
    if parent.post != post.id:
        raise WeiboError(10008)
    name = world.weibo.names.get(parent.author, parent.author)
    shown = text if call.fields.get("without_mention") == "1" else f"回复@{name}:{text}"
    return _write_comment(world, account, shown, post, parent, text)


def _comment_text(world: World, account: Account, call: Call) -> str:
    text = required(call, "comment")
    if len(text) > world.limits["weibo.text.comment_chars"]:
        raise WeiboError(20012)
    if world.weibo.recent(account.secret("uid"), "comment")[-1:] == [text]:
        raise WeiboError(20019)
    return text


def _post(world: World, call: Call) -> Entry:
    required(call, "id")
    post = world.weibo.posts.get(number(call, "id", 0))
    if post is None or not world.weibo.visible(post):
        raise WeiboError(20101)
    return post


def _write_comment(world: World, account: Account, text: str, post: Entry, parent: Entry | None, said: str = "") -> Response:
    uid = account.secret("uid")
    entry = world.weibo.write(uid, text, post=post.id, parent=parent.id if parent else 0)
    world.weibo.remember(uid, "comment", said or text)
    receiver = (parent or post).author
    if receiver != uid:
        name = world.weibo.names.get(receiver, receiver)
        world.book.add(account.id, name, "out", text, world.clock.stamp(), "send", str(entry.id), kind="comment")
    return reply_json(comment(world, entry))


def fan_reply(world: World, account: Account, call: Call) -> Response:
    """POST /2/messages/reply.json of the fan service. 26403 outside the window or when the answers are used up."""
    kind, receiver = required(call, "type"), required(call, "receiver_id")
    shown = fan_text(kind, required(call, "data"), int(world.limits["weibo.reply.text_chars"]))
    citizen = world.person(account, receiver)
    if citizen is None:
        raise WeiboError(20003)
    if citizen.windows.take(world.clock.now()) is not Verdict.OPEN:
        raise WeiboError(26403)
    world.book.add(account.id, citizen.name, "out", shown, world.clock.stamp(), "send", kind=kind)
    return reply_json({
        "result": True, "receiver_id": receiver, "sender_id": account.secret("uid"), "type": kind, "data": call.fields["data"],
    })  # fmt: skip


def fan_text(kind: str, data: str, most: int) -> str:
    """What a reply's `data` shows on the phone. Raises 10008 or 20013 when it is not as documented (§2.4)."""
    try:
        decoded: Any = json.loads(unquote_plus(data) if data.startswith("%") else data)
    except (ValueError, RecursionError):
        raise WeiboError(10008) from None
    if not isinstance(decoded, dict):
        raise WeiboError(10008)
    if kind == "text" and isinstance(decoded.get("text"), str) and decoded["text"]:
        if len(decoded["text"]) > most:
            raise WeiboError(20013)
        return str(decoded["text"])
    articles = decoded.get("articles")
    if kind == "articles" and isinstance(articles, list) and 1 <= len(articles) <= 8 and all(isinstance(row, dict) for row in articles):
        return "\n".join(f"[图文] {row.get('display_name')} {row.get('url')}" for row in articles)
    if kind == "position" and {"longitude", "latitude"} <= decoded.keys():
        return f"[位置] {decoded['longitude']},{decoded['latitude']}"
    raise WeiboError(10008)
