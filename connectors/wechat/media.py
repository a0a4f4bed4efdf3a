"""Attachments: by media id through the API (media/get, three days), or a picture by its address (facts §2.1).

Both are bounded; an address the platform named may be forged in plain mode, so it must be public (connectors.http.download).
"""

from collections.abc import Mapping

from connectors import http
from connectors.contract import Fetched, MediaError, Tools
from connectors.wechat.answers import Answered, Unclear
from connectors.wechat.client import Client
from connectors.wechat.credentials import origin
from connectors.wechat.errors import judge
from connectors.wechat.limits import table
from connectors.wechat.tokens import NoToken
from policies.facts import AccountFacts, Media, MediaKind, Outcome

_CAPS: Mapping[MediaKind, str] = {
    MediaKind.IMAGE: "image_bytes",
    MediaKind.VOICE: "voice_bytes",
    MediaKind.VIDEO: "video_bytes",
}
_FAMILIES: Mapping[MediaKind, str] = {MediaKind.IMAGE: "image/", MediaKind.VOICE: "audio/", MediaKind.VIDEO: "video/"}

_BYTES = "application/octet-stream"

_MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (0, b"BM", "image/bmp"),
    (0, b"#!AMR", "audio/amr"),
    (0, b"#!SILK_V3", "audio/silk"),
    (1, b"#!SILK_V3", "audio/silk"),
    (8, b"WAVE", "audio/wav"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"\xff\xf3", "audio/mpeg"),
    (0, b"OggS", "audio/ogg"),
    (4, b"ftyp", "video/mp4"),
    (0, b"\x1aE\xdf\xa3", "video/webm"),
)
"""(offset, bytes, type): the type is what the bytes are, not what a header says."""

_ENDINGS = {"image/jpeg": "jpg", "audio/mpeg": "mp3"}


def mime_of(content: bytes) -> str:
    """The type found by looking at the first bytes; application/octet-stream when none is known."""
    for offset, mark, mime in _MAGIC:
        if content[offset : offset + len(mark)] == mark:
            return mime
    return _BYTES


def fetch(media: Media, account: AccountFacts, tools: Tools) -> Fetched:
    """Download one attachment. Raises MediaError."""
    cap = _CAPS.get(media.kind)
    if cap is None or not (media.ref or media.url):
        raise MediaError("这类消息没有可下载的附件", gone=True)
    most = table()["media"][cap]
    try:
        content = _by_id(media, account, tools, most) if media.ref else b""
    except MediaError as refusal:
        if not media.url or not refusal.gone:
            raise
        content = b""
    content = content or _by_address(media.url, account, tools, most)
    return _fetched(content, media)


def _fetched(content: bytes, media: Media) -> Fetched:
    if not content:
        raise MediaError("微信返回的附件是空的，稍后自动重试", gone=False)
    mime = mime_of(content)
    if not mime.startswith(_FAMILIES[media.kind]):
        mime = _BYTES  # not what the message announced: kept for staff, but never shown in place
    ending = "bin" if mime == _BYTES else _ENDINGS.get(mime, mime.rpartition("/")[2])
    return Fetched(content, mime, media.name or f"{media.kind.value}.{ending}")


def _by_id(media: Media, account: AccountFacts, tools: Tools, most: int) -> bytes:
    """media/get: the bytes, or for a video an object with the address of the bytes."""
    try:
        answer = Client(account, tools).get("media/get", params={"media_id": media.ref}, raw=True, max_bytes=most)
    except NoToken as nothing:
        raise MediaError(nothing.result.error, gone=nothing.result.outcome is Outcome.REFUSED) from None
    except Answered as refusal:
        result = judge(refusal.code, refusal.errmsg, account, tools.now)
        raise MediaError(result.error, gone=result.outcome is Outcome.REFUSED) from None
    except Exception as fault:
        raise _failure(fault) from None
    if isinstance(answer, http.Response):
        return answer.content
    address = answer.get("video_url")
    if not isinstance(address, str):
        raise MediaError("微信没有返回附件内容，稍后自动重试", gone=False)
    return _by_address(address, account, tools, most)


def _by_address(address: str, account: AccountFacts, tools: Tools, most: int) -> bytes:
    if not address:
        raise MediaError("微信返回的附件是空的，稍后自动重试", gone=False)
    try:
        response = http.download(address, own_origin=origin(account), timeout=tools.timeout, max_bytes=most)
    except Exception as fault:
        raise _failure(fault) from None
    if response.status != 200:
        raise MediaError(f"附件地址返回 HTTP {response.status}", gone=response.status in (404, 410))
    return response.content


def _failure(fault: Exception) -> MediaError:
    if isinstance(fault, http.TooLarge):
        return MediaError("附件超过允许的大小，未下载：请在公众平台后台查看", gone=True)
    if isinstance(fault, http.Forbidden):
        return MediaError("附件地址不安全（指向内部网络），已拒绝下载", gone=True)
    if isinstance(fault, Unclear):
        return MediaError(f"附件接口返回 HTTP {fault.status}，稍后自动重试", gone=False)
    return MediaError(f"附件下载失败（{type(fault).__name__}），稍后自动重试", gone=False)
