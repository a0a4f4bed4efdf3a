"""Small valid sample attachments, made here, and the store the platforms serve them from."""

import struct
import zlib
from dataclasses import dataclass, field
from itertools import count

KINDS = ("image", "voice", "video", "file", "location", "link")
TYPES = {
    "image": ("image/png", "png"),
    "voice": ("audio/amr", "amr"),
    "ogg": ("audio/ogg", "ogg"),
    "video": ("video/mp4", "mp4"),
    "file": ("text/plain", "txt"),
    "thumb": ("image/jpeg", "jpg"),
}
KEEP = 5000  # items; the oldest go first


@dataclass(frozen=True, slots=True)
class Item:
    """One stored attachment. `created` is the sandbox clock."""

    id: str
    account: str
    kind: str
    mime: str
    name: str
    created: float
    content: bytes = field(repr=False)


def png(width: int = 96, height: int = 64) -> bytes:
    """A picture: a blue field with a lighter band."""
    rows = b"".join(b"\x00" + (b"\x6f\x9f\xd8" if 20 < y < 40 else b"\x1f\x4e\x8c") * width for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def amr() -> bytes:
    """One second of AMR-NB comfort silence: magic, then 50 NO_DATA frames."""
    return b"#!AMR\n" + b"\x7c" * 50


def mp4() -> bytes:
    """An MP4 container without a track: ftyp, moov with mvhd, empty mdat."""
    mvhd = struct.pack(">IIIII", 0, 0, 0, 1000, 1000) + struct.pack(">IH", 0x00010000, 0x0100) + b"\x00" * 10
    mvhd += struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000) + b"\x00" * 24 + struct.pack(">I", 1)
    moov = _box(b"moov", _box(b"mvhd", mvhd))
    return _box(b"ftyp", b"isom" + struct.pack(">I", 512) + b"isomiso2mp41") + moov + _box(b"mdat", b"")


def _box(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data) + 8) + name + data


def ogg() -> bytes:
    """An Ogg Opus stream of one silent frame, as Telegram's voice messages are."""
    head = b"OpusHead" + struct.pack("<BBHIHB", 1, 1, 312, 16_000, 0, 0)
    tags = b"OpusTags" + struct.pack("<I", 7) + b"sandbox" + struct.pack("<I", 0)
    return _page(0, 2, 0, head) + _page(1, 0, 0, tags) + _page(2, 4, 960, b"\xf8\xff\xfe")


def _page(number: int, flags: int, granule: int, data: bytes) -> bytes:
    page = bytearray(b"OggS" + struct.pack("<BBqIIIBB", 0, flags, granule, 1, number, 0, 1, len(data)) + data)
    crc = 0
    for byte in page:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1 ^ 0x04C11DB7 if crc & 0x80000000 else crc << 1) & 0xFFFFFFFF
    page[22:26] = struct.pack("<I", crc)
    return bytes(page)


def sample(kind: str) -> bytes:
    """Bytes for one of image, voice, ogg, video, file."""
    if kind == "ogg":
        return ogg()
    if kind == "image":
        return png()
    if kind == "voice":
        return amr()
    if kind == "video":
        return mp4()
    return "回音沙盒的示例文件。\nA sample file of the sandbox.\n".encode()


class MediaStore:
    """Attachments by id, bounded."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self._items: dict[str, Item] = {}
        self._ids = count(1)

    def put(self, account: str, kind: str, content: bytes, now: float, prefix: str = "media", name: str = "") -> Item:
        """Store one attachment under a fresh id."""
        mime, suffix = TYPES.get(kind, TYPES["file"])
        number = next(self._ids)
        item = Item(f"{prefix}{number}", account, kind, mime, name or f"{kind}_{number}.{suffix}", now, content)
        self._items[item.id] = item
        if len(self._items) > KEEP:
            del self._items[next(iter(self._items))]
        return item

    def get(self, item_id: str) -> Item | None:
        return self._items.get(item_id)
