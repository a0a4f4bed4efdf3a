"""Downloading what citizens sent: `mss/msget` for the fan service's files, plain addresses for pictures of posts (facts §2.2)."""

import re

from connectors import http
from connectors.contract import Fetched, MediaError, Tools
from connectors.weibo import errors
from connectors.weibo.config import LIMITS, credential, origin
from policies.facts import AccountFacts, Media, MediaKind, Outcome

_REF = re.compile(r"[0-9A-Za-z_-]{1,128}")
_SIGNS = (
    (b"\xff\xd8\xff", "image/jpeg", "jpg"),
    (b"\x89PNG\r\n\x1a\n", "image/png", "png"),
    (b"GIF8", "image/gif", "gif"),
    (b"BM", "image/bmp", "bmp"),
    (b"#!AMR-WB", "audio/amr-wb", "awb"),
    (b"#!AMR", "audio/amr", "amr"),
    (b"ID3", "audio/mpeg", "mp3"),
    (b"\xff\xfb", "audio/mpeg", "mp3"),
    (b"\xff\xf3", "audio/mpeg", "mp3"),
    (b"OggS", "audio/ogg", "ogg"),
    (b"\x1aE\xdf\xa3", "video/webm", "webm"),
    (b"%PDF-", "application/pdf", "pdf"),
)


def fetch(media: Media, account: AccountFacts, tools: Tools) -> Fetched:
    """Download one attachment, bounded in size; the type is found by looking, never believed. Raises MediaError."""
    if media.kind is MediaKind.LOCATION or not (media.ref or media.url):
        raise MediaError("没有可下载的内容 / nothing to download", gone=True)
    response = _by_ref(media, account, tools) if media.ref else _download(media.url, account, tools)
    told = response.status != 200 or response.content[:20].lstrip()[:1] == b"{"  # errors come as JSON, even with HTTP 200
    failure = errors.judge(response, account, wrote=False) if told else None
    if failure and not failure.code.startswith("http "):
        raise MediaError(failure.error, gone=failure.outcome is Outcome.REFUSED)
    if response.status != 200 or not response.content:
        raise MediaError(f"微博没有给出文件（HTTP {response.status}） / no file", gone=response.status in (404, 410))
    if (mime_and_end := _looked_at(response.content)) is None:
        if response.content.lstrip()[:1] in (b"<", b"{", b"["):  # an error page, or an answer that is no file
            raise MediaError("微博返回的不是文件 / not a file", gone=False)
        return Fetched(response.content)
    mime, end = mime_and_end
    return Fetched(response.content, mime, f"{media.kind}.{end}")


def _by_ref(media: Media, account: AccountFacts, tools: Tools) -> http.Response:
    if not _REF.fullmatch(media.ref):
        raise MediaError("文件编号不对 / not a file id", gone=True)
    token = credential(account, "fan_access_token") or credential(account, "access_token")
    return _download(origin(account, "upload") + "/2/mss/msget", account, tools, params={"access_token": token, "fid": media.ref})


def _download(url: str, account: AccountFacts, tools: Tools, **parts: object) -> http.Response:
    bytes_max = LIMITS["media"]["bytes_max"]
    try:
        return http.download(url, own_origin=origin(account, "upload"), timeout=tools.timeout, max_bytes=bytes_max, **parts)
    except http.TooLarge:
        raise MediaError("文件过大 / file too large", gone=True) from None
    except (http.Forbidden, ValueError):
        raise MediaError("文件地址不可访问 / address not allowed", gone=True) from None
    except (http.NotSent, http.MaybeSent):
        raise MediaError("暂时下载不到，稍后再试 / not reachable now", gone=False) from None


def _looked_at(content: bytes) -> tuple[str, str] | None:
    for sign, mime, end in _SIGNS:
        if content.startswith(sign):
            return mime, end
    if content[4:8] == b"ftyp":
        return ("audio/mp4", "m4a") if content[8:11] == b"M4A" else ("video/mp4", "mp4")
    if content[:4] == b"RIFF" and content[8:12] in (b"WEBP", b"WAVE"):
        return ("image/webp", "webp") if content[8:12] == b"WEBP" else ("audio/wav", "wav")
    return None
