"""The plan of the house as data (design §2), and a walk over every import that finds what it forbids."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("policies", "connectors", "nlu", "bot")
PLATFORMS = ("wechat", "weibo", "telegram", "sandbox", "wecom", "dingtalk", "feishu", "mail", "sms")
WORDS = frozenset({"sandbox", "mail", "sms"})  # connectors whose names are ordinary words

# Inside bot/, from top to bottom: an app may import those of its own storey's list below it.
APPS = {
    "console": 0, "api": 0, "worker": 0,
    "dialogue": 1, "supervision": 1,
    "knowledge": 2, "incidents": 2, "learning": 2, "answering": 2, "closing": 2,
    "publishing": 3, "notices": 3, "tickets": 3,
    "inbox": 4, "outbox": 5, "channels": 6,
    "deadlines": 7, "duty": 7, "paging": 7,
    "staff": 8, "audit": 9,
}  # fmt: skip
# modules of bot/ itself that every app may use
BASE = frozenset({"bulk", "clock", "conflict", "log", "settings", "steady", "vault", "waking"})
TOP = frozenset({"asgi", "urls", "launch"})  # modules of bot/ that put the apps together
# arrows on one storey that are allowed
BETWEEN_EQUALS = frozenset({("worker", "api"), ("supervision", "dialogue"), ("incidents", "answering")})

IMPORTERS = ("importlib.import_module", "import_module", "__import__")

# Libraries that bring a clock, a network or a database into a room that must have none.
FORBIDDEN_LIBRARIES = {
    "policies": {"django", "httpx", "requests", "redis", "socket", "urllib", "sqlite3", "psycopg", "threading", "asyncio", "time", "yaml"},
    "connectors": {"django", "redis", "sqlite3", "psycopg"},
    "nlu": {"django", "redis", "sqlite3", "psycopg"},
}


@dataclass(frozen=True)
class Finding:
    """One forbidden arrow."""

    file: str
    line: int
    imported: str
    rule: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line} imports {self.imported}: {self.rule}"


def imports_of(path: Path, package: str) -> Iterator[tuple[int, str]]:
    """Every imported module of a file, relative ones made absolute, `from a import b` as `a.b`."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in IMPORTERS and node.args and isinstance(node.args[0], ast.Constant):
            yield node.lineno, str(node.args[0].value)


def findings(root: Path = ROOT) -> list[Finding]:
    """All forbidden arrows below `root`."""
    found = []
    for room in ROOMS:
        for path in sorted((root / room).rglob("*.py")):
            package = ".".join(path.relative_to(root).parent.parts)
            for line, name in imports_of(path, package):
                rule = forbidden(path.relative_to(root), name)
                if rule:
                    found.append(Finding(str(path.relative_to(root)), line, name, rule))
    return found


def forbidden(path: Path, name: str) -> str:
    """Why this file may not import this module; "" if it may."""
    room, target = path.parts[0], name.split(".")
    if room == "bot":
        return _in_bot(path, target)
    if target[0] == "bot":
        return "nothing imports bot"
    if target[0] in FORBIDDEN_LIBRARIES[room] and path.parts[:2] != ("connectors", "sandbox"):
        return f"{room}/ has no {target[0]}"
    if target[0] in ROOMS or target[0] == "tests":
        return _between_rooms(path, target)
    return ""


def _between_rooms(path: Path, target: list[str]) -> str:
    room = path.parts[0]
    if target[0] == "tests":
        return "no room imports its tests"
    if path == Path("policies/facts.py"):
        return "policies.facts imports nothing of ours"
    if room == "policies":
        return "" if target[0] == "policies" else "policies/ imports only itself"
    if target[0] == "policies":
        return "" if target[1:2] == ["facts"] else f"{room}/ may import policies.facts only"
    if room == "nlu":
        return "" if target[0] == "nlu" else "nlu/ imports itself and policies.facts"
    return _in_connectors(path, target)


def _in_connectors(path: Path, target: list[str]) -> str:
    if target[0] != "connectors":
        return "a connector imports policies.facts, connectors.contract and connectors.http"
    own = path.parts[1] if len(path.parts) > 2 else ""
    if own == "sandbox":
        return "" if target[1:2] == ["sandbox"] else "the sandbox is an implementation of its own: policies.facts only"
    if len(target) > 1 and target[1] in PLATFORMS and target[1] != own:
        return "no connector imports a sibling platform"
    return "" if target[1:2] in (["contract"], ["http"], [own]) else "a connector imports connectors.contract and connectors.http"


def _in_bot(path: Path, target: list[str]) -> str:
    here = path.parts[1].removesuffix(".py")
    if here == "launch":
        return (
            ""
            if target[0] not in ROOMS or target[:2] in (["bot", "launch"], ["nlu", "serve"], ["nlu", "train"])
            else "the launcher runs alone"
        )
    if target[0] == "connectors" and target[1:2] and target[1] in PLATFORMS:
        return "bot/ reaches platforms through the registry"
    if target[0] != "bot" or len(target) < 2:
        return "" if target[0] != "tests" else "no room imports its tests"
    there = target[1]
    if here in TOP or there in BASE or here == there or (there in TOP and here in TOP):
        return ""
    if here in BASE:
        return "the base of bot/ knows no app"
    if there not in APPS or here not in APPS:
        return f"{here} and {there} are not on the plan"
    if APPS[here] == APPS[there]:
        return "" if (here, there) in BETWEEN_EQUALS else "apps of one storey do not know each other"
    return "" if APPS[here] < APPS[there] else "apps import downwards only"
