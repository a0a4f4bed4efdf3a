"""Citizens' attachments, served so that nothing in them can act: known pictures, sounds and films are shown, all else is a download."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from bot.console.queries import attachment_for
from bot.console.session import ConsoleRequest
from bot.tickets.models import Attachment

SHOWN = frozenset(
    {
        "image/jpeg",
        "image/png",
        "image/gif",
        "image/webp",
        "audio/mpeg",
        "audio/ogg",
        "audio/wav",
        "audio/x-wav",
        "audio/mp4",
        "audio/aac",
        "video/mp4",
        "video/webm",
    }
)
RANGE = re.compile(r"bytes=(\d{1,15})-(\d{0,15})")
CHUNK = 64 * 1024


@require_safe
@cache_control(private=True, max_age=300)
def media(request: ConsoleRequest, pk: int) -> HttpResponseBase:
    row = attachment_for(request.actor, pk)
    path = _path(row) if row else None
    if row is None or path is None:
        raise Http404
    response = _ranged(request, path) or FileResponse(path.open("rb"))
    shown = row.mime in SHOWN and "download" not in request.GET
    response["Content-Type"] = row.mime if shown else "application/octet-stream"
    response["Content-Disposition"] = content_disposition_header(not shown, row.name or f"{row.pk}") or "attachment"
    response["Accept-Ranges"] = "bytes"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _path(row: Attachment) -> Path | None:
    """The file, if it lies where attachments lie."""
    folder = (Path(settings.DATA) / "media").resolve()
    path = (folder / row.path).resolve()
    return path if row.path and path.is_relative_to(folder) and path.is_file() else None


def _ranged(request: HttpRequest, path: Path) -> HttpResponseBase | None:
    """The part that was asked for: players jump about in films, and some will not play without."""
    asked, size = RANGE.fullmatch(request.headers.get("Range", "")), path.stat().st_size
    if asked is None:
        return None
    start, end = int(asked[1]), min(int(asked[2] or size - 1), size - 1)
    if start > end:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    response = StreamingHttpResponse(_part(path.open("rb"), start, end - start + 1), status=206)
    response["Content-Range"], response["Content-Length"] = f"bytes {start}-{end}/{size}", str(end - start + 1)
    return response


def _part(file: BinaryIO, start: int, left: int) -> Iterator[bytes]:
    with file:
        file.seek(start)
        while left > 0 and (chunk := file.read(min(CHUNK, left))):
            left -= len(chunk)
            yield chunk
