"""One request as the platforms read it: query, form, multipart and JSON alike."""

import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

MAX_BODY = 64 * 1024 * 1024


class TooBig(Exception):
    """The body is over MAX_BODY."""


@dataclass(frozen=True, slots=True)
class Upload:
    """One file of a multipart form."""

    name: str
    mime: str
    content: bytes = field(repr=False)


@dataclass(slots=True)
class Call:
    """One request to a platform."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes = field(repr=False)
    fields: dict[str, str] = field(repr=False)  # query, then form fields and JSON values on top
    files: dict[str, Upload] = field(repr=False)
    client: tuple[str, int]
    origin: str

    def json(self) -> Any:
        """The body as JSON, or None when it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


async def read_call(request: Request) -> Call:
    """Read a request whole. Raises TooBig."""
    body = await read_body(request)
    query = dict(request.query_params)
    fields = dict(query)
    files: dict[str, Upload] = {}
    kind = request.headers.get("content-type", "")
    if kind.startswith("multipart/form-data"):
        form, files = multipart(body, kind)
        fields.update(form)
    elif kind.startswith("application/json"):
        fields.update(_json_fields(body))
    elif body and request.method == "POST":
        fields.update(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    client = request.client
    return Call(
        method=request.method,
        path=request.url.path,
        query=query,
        headers={name.lower(): value for name, value in request.headers.items()},
        body=body,
        fields=fields,
        files=files,
        client=(client.host, int(client.port)) if client else ("", 0),
        origin=f"http://{request.headers.get('host', '127.0.0.1')}",
    )


async def read_body(request: Request) -> bytes:
    """The body, bounded. Raises TooBig."""
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MAX_BODY:
            raise TooBig
        chunks.append(chunk)
    return b"".join(chunks)


def _json_fields(body: bytes) -> dict[str, str]:
    try:
        parsed = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        return {}
    if not isinstance(parsed, dict):
        return {}
    return {name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False) for name, value in parsed.items()}


def multipart(body: bytes, content_type: str) -> tuple[dict[str, str], dict[str, Upload]]:
    """Fields and files of a multipart/form-data body; parts that cannot be read are left out."""
    found = re.search(r'boundary="?([^";,]+)"?', content_type)
    if not found:
        return {}, {}
    fields: dict[str, str] = {}
    files: dict[str, Upload] = {}
    for part in (b"\r\n" + body).split(b"\r\n--" + found[1].encode())[1:]:
        head, gap, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        text = head.decode("utf-8", "replace")
        name = re.search(r'\bname="([^"]*)"', text)
        if not gap or not name:
            continue
        filename = re.search(r'filename="([^"]*)"', text)
        if filename:
            mime = re.search(r"(?im)^content-type:\s*([^\r\n;]+)", text)
            files[name[1]] = Upload(filename[1], mime[1] if mime else "application/octet-stream", content)
        else:
            fields[name[1]] = content.decode("utf-8", "replace")
    return fields, files


def whole(text: str) -> int | None:
    """A whole number as platforms take it: ASCII digits that fit 64 bits; None for anything else."""
    return int(text) if re.fullmatch(r"-?[0-9]{1,18}", text) else None


def clean(text: str) -> str:
    """Text that can be written as UTF-8: lone surrogates become question marks."""
    return text.encode("utf-8", "replace").decode()


def reply_json(data: Any, status: int = 200, content_type: str = "application/json; charset=utf-8") -> Response:
    """JSON with Chinese left readable."""
    return Response(json.dumps(data, ensure_ascii=False).encode("utf-8", "replace"), status, {"content-type": content_type})
