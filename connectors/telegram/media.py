"""Attachments: getFile, then the file itself. The path comes from the platform's server and is not trusted."""

import re
from collections.abc import Mapping
from typing import Any

from telegram.error import BadRequest, TelegramError

from connectors.contract import Fetched, MediaError, Tools
from connectors.telegram.bots import QuietBot, bot_of
from connectors.telegram.errors import outcome
from connectors.telegram.keys import Keys, keys_of
from connectors.telegram.limits import DATA
from connectors.telegram.loop import run
from connectors.telegram.request import TooLarge
from policies.facts import AccountFacts, Media

_PATH = re.compile(r"(?!.*(?:^|/)\.{1,2}(?:/|$))[A-Za-z0-9_][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_.-]+)*", re.ASCII)
_UNSAFE = re.compile(r"[^\w.()（） -]+")
_SIGNS: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "image/jpeg"), (0, b"\x89PNG\r\n\x1a\n", "image/png"), (0, b"GIF8", "image/gif"), (8, b"WEBP", "image/webp"),
    (0, b"OggS", "audio/ogg"), (0, b"ID3", "audio/mpeg"), (0, b"\xff\xfb", "audio/mpeg"), (4, b"ftypM4A", "audio/mp4"),
    (4, b"ftyp", "video/mp4"), (0, b"\x1aE\xdf\xa3", "video/webm"), (8, b"WAVE", "audio/wav"), (0, b"%PDF-", "application/pdf"),
    (0, b"PK\x03\x04", "application/zip"), (0, b"\xd0\xcf\x11\xe0", "application/x-ole-storage"),
    (0, b"\x1f\x8b", "application/gzip"),
)  # fmt: skip


def fetch(media: Media, account: AccountFacts, tools: Tools) -> Fetched:
    """Download one attachment of at most 20 MB (core.telegram.org/bots/api#getfile). Raises MediaError."""
    keys, cap = keys_of(account), int(DATA["files"]["download_max_bytes"])
    if not media.ref:
        raise MediaError("这个附件没有文件 / this attachment is not a file", gone=True)
    if media.size > cap:
        raise _too_large(cap)
    try:
        bot = bot_of(keys)
        path, size = _located(run(_get_file(bot, media.ref, tools.timeout), tools.timeout + 12), cap)
        content = run(bot.download(path, tools.timeout), tools.timeout * 6 + 12)  # 20 MB take more than one wait
    except MediaError:
        raise
    except Exception as error:  # the contract: only MediaError leaves
        raise _failed(error, keys, cap) from None
    if size and len(content) < size:
        raise MediaError("文件没有下载完整，可重试 / the download was cut short; try again", gone=False)
    return Fetched(content, sniff(content), _name(media.name or path))


async def _get_file(bot: QuietBot, file_id: str, timeout: float) -> Any:
    return await bot.raw("getFile", timeout, file_id=file_id)


def _located(found: Any, cap: int) -> tuple[str, int]:
    """Path and size out of getFile's result. A local Bot API server may name a path of its own disk: refused."""
    answer: Mapping[str, Any] = found if isinstance(found, Mapping) else {}
    path, size = answer.get("file_path"), answer.get("file_size", 0)
    if not isinstance(path, str) or len(path) > 300 or not _PATH.fullmatch(path):
        raise MediaError("平台没有给出可用的文件地址 / Telegram gave no usable file path", gone=False)
    size = size if isinstance(size, int) and not isinstance(size, bool) else 0
    if size > cap:
        raise _too_large(cap)
    return path, size


def _too_large(cap: int) -> MediaError:
    words = f"文件超过 {cap // 1_000_000} MB，机器人不能下载 / over {cap // 1_000_000} MB: bots cannot download it"
    return MediaError(words, gone=True)


def _failed(error: Exception, keys: Keys, cap: int) -> MediaError:
    if isinstance(error, TooLarge) or (isinstance(error, BadRequest) and "too big" in str(error).lower()):
        return _too_large(cap)
    if isinstance(error, BadRequest):
        said = keys.hide(error)
        return MediaError(f"平台已没有这个文件：{said} / Telegram no longer has this file: {said}", gone=True)
    code = outcome(error, keys).code if isinstance(error, TelegramError) else type(error).__name__
    return MediaError(f"下载失败（{code}），可重试 / the download failed ({code}); try again", gone=False)


def sniff(content: bytes) -> str:
    """The type by the first bytes, from a short list; anything else (HTML and SVG too) is only bytes to download."""
    for offset, sign, mime in _SIGNS:
        if content.startswith(sign, offset):
            return mime
    return "application/octet-stream"


def _name(text: str) -> str:
    """A file name fit for a Content-Disposition: no folders, no control characters, not hidden."""
    last = re.split(r"[/\\]", text)[-1]
    return _UNSAFE.sub("_", last).lstrip(".").strip()[:120] or "file"
