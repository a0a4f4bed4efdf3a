"""The documents stay true: links resolve, commands exist, both languages say the same."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

from tests.docs.pages import ROOT, anchors, documents, headings, links, prose, text

COMMAND = re.compile(r"manage\.py ([a-z_]+)")
MAKE = re.compile(r"(?:^|[`\s(])make ([a-z-]+)\b", re.MULTILINE)
ELSEWHERE = re.compile(r"(?<![\w.])/(?:work|tmp|home)/")


def broken(path: Path, root: Path = ROOT) -> list[str]:
    """The links of a document that lead nowhere."""
    found = []
    for link in links(path):
        target, _, anchor = link.partition("#")
        if re.match(r"https?:|mailto:", target):
            continue
        file = (path.parent / target).resolve() if target else path
        lost = not file.exists() or not file.is_relative_to(root)
        if lost or (anchor and anchor not in anchors(file.read_text(encoding="utf-8"))):
            found.append(link)
    return found


@pytest.mark.parametrize("path", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_and_picture_is_there(path: Path) -> None:
    assert broken(path) == []


def test_a_link_to_nothing_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("[a](nothing.md) [b](#nowhere) [c](https://example.org)\n# Here\n[d](#here)\n", encoding="utf-8")
    assert broken(page, tmp_path) == ["nothing.md", "#nowhere"]


@pytest.mark.parametrize("path", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_of_manage_py_exists(path: Path) -> None:
    assert set(COMMAND.findall(path.read_text(encoding="utf-8"))) - get_commands().keys() - {"help"} == set()


def test_every_command_of_ours_is_told_of() -> None:
    ours = {name for name, app in get_commands().items() if app.startswith("bot.")}
    told = " ".join(path.read_text(encoding="utf-8") for path in documents())
    assert {name for name in ours if f"manage.py {name}" not in told} == set()


@pytest.mark.parametrize("path", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_make_target_exists(path: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", text("Makefile"), re.MULTILINE))
    commands = "\n".join(re.findall(r"`[^`\n]*make [^`\n]*`|^ *(?:[A-Z_]+=\S+ )*make .*$", path.read_text(encoding="utf-8"), re.MULTILINE))
    assert set(MAKE.findall(commands)) - targets == set()


@pytest.mark.parametrize("path", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_document_names_a_folder_of_one_machine(path: Path) -> None:
    assert ELSEWHERE.findall(path.read_text(encoding="utf-8")) == []


def test_both_readmes_have_the_same_parts() -> None:
    english, chinese = text("README.md"), text("README.zh-CN.md")
    assert [level for level, _ in headings(english)] == [level for level, _ in headings(chinese)]


def test_both_readmes_print_the_same_commands() -> None:
    english, chinese = (re.findall(r"^(?:HUIYIN_\w+=\S+ )*(?:make|\.venv|git) [^#<\n]*", text(name), re.MULTILINE) for name in READMES)
    assert [line.strip() for line in english] == [line.strip() for line in chinese]


def test_both_readmes_link_to_the_same_pages() -> None:
    other = {"README.md", "README.zh-CN.md"}
    assert set(links(ROOT / "README.md")) - other == set(links(ROOT / "README.zh-CN.md")) - other


def test_both_readmes_have_as_many_points() -> None:
    english, chinese = (len(re.findall(r"^(?:- |\d+\. |\| )", prose(text(name)), re.MULTILINE)) for name in READMES)
    assert english == chinese


READMES = ("README.md", "README.zh-CN.md")
