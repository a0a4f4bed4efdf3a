"""The English of the console: what is to be translated, and the compiled catalogue, without any tool beside Python.

`manage.py catalogue` adds new Chinese texts to bot/locale/en/LC_MESSAGES/django.po and compiles it. The compiled file is
part of the repository, so that nobody needs gettext to run Huiyin.
"""

import ast
import re
import struct
from pathlib import Path

ROOT = Path(__file__).resolve().parent
PO = ROOT.parent / "locale" / "en" / "LC_MESSAGES" / "django.po"
MO = PO.with_suffix(".mo")
HEADER = (
    "Project-Id-Version: huiyin\nLanguage: en\nMIME-Version: 1.0\n"
    "Content-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: 8bit\n"
)
CALLS = frozenset({"_", "gettext", "gettext_lazy", "gettext_noop"})
_TRANSLATE = re.compile(r"""\{%\s*translate\s+(?:"([^"]+)"|'([^']+)')""")
_FILTERED = re.compile(r"""_\(\s*(?:"([^"]+)"|'([^']+)')\s*\)""")
_BLOCK = re.compile(r"\{%\s*blocktranslate[^%]*%\}(.*?)\{%\s*endblocktranslate\s*%\}", re.DOTALL)
_BLANK = re.compile(r"\{\{\s*(\w+)\s*\}\}")


def wanted() -> dict[str, str]:
    """Every text to be translated, with the first file it stands in."""
    found: dict[str, str] = {}
    for path in sorted(ROOT.rglob("*.py")):
        for text in _in_python(path.read_text("utf-8")):
            found.setdefault(text, str(path.relative_to(ROOT.parent.parent)))
    for path in sorted((ROOT / "templates").rglob("*.html")):
        for text in _in_template(path.read_text("utf-8")):
            found.setdefault(text, str(path.relative_to(ROOT.parent.parent)))
    return found


def _in_python(source: str) -> list[str]:
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call) and node.args]
    named = [node for node in calls if isinstance(node.func, ast.Name) and node.func.id in CALLS]
    return [node.args[0].value for node in named if isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str)]


def _in_template(source: str) -> list[str]:
    plain = [one or other for one, other in _TRANSLATE.findall(source) + _FILTERED.findall(source)]
    return plain + [_BLANK.sub(r"%(\1)s", body) for body in _BLOCK.findall(source)]


def read(path: Path = PO) -> dict[str, str]:
    """The catalogue as text: Chinese to English."""
    entries: dict[str, str] = {}
    msgid, field = "", ""
    for line in path.read_text("utf-8").splitlines() if path.exists() else []:
        keyword, _, rest = line.partition(" ")
        if keyword in ("msgid", "msgstr"):
            field, line = keyword, rest
            if keyword == "msgid":
                msgid = ""
            else:
                entries[msgid] = ""  # a merge of two branches leaves an entry twice: the later one counts, they do not add up
        elif not line.startswith('"'):
            continue
        text = ast.literal_eval(line)
        if field == "msgid":
            msgid += text
        else:
            entries[msgid] += text
    return {key: value for key, value in entries.items() if key}


def write(entries: dict[str, str], places: dict[str, str], path: Path = PO) -> None:
    """Write the text catalogue, sorted by file, so that changes are easy to read."""
    lines = ["# English of the console. Made by `manage.py catalogue`; the translations are by hand.", 'msgid ""', 'msgstr ""']
    lines += [_quoted(line + "\n") for line in HEADER.splitlines()]
    for text in sorted(entries, key=lambda text: (places.get(text, ""), text)):
        lines += ["", f"#: {places.get(text, '')}", f"msgid {_quoted(text)}", f"msgstr {_quoted(entries[text])}"]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", "utf-8")


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def compiled(entries: dict[str, str]) -> bytes:
    """The binary catalogue (GNU .mo, little endian), the same bytes for the same entries."""
    pairs = sorted((key.encode(), value.encode()) for key, value in {"": HEADER, **entries}.items() if value)
    ids, texts, offsets = b"", b"", []
    for key, value in pairs:
        offsets.append((len(key), len(ids), len(value), len(texts)))
        ids, texts = ids + key + b"\0", texts + value + b"\0"
    start = 7 * 4 + 16 * len(pairs)
    keys = b"".join(struct.pack("<II", size, start + at) for size, at, _, _ in offsets)
    values = b"".join(struct.pack("<II", size, start + len(ids) + at) for _, _, size, at in offsets)
    header = struct.pack("<7I", 0x950412DE, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, 0)
    return header + keys + values + ids + texts
