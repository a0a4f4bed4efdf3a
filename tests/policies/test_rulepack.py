"""Rule packs: every number has a source, and a pack without one does not load."""

import re

import pytest

from policies.rulepack import FOLDER, parse, read, values

PACKS = sorted(path.stem for path in FOLDER.glob("*.toml"))


@pytest.mark.parametrize("name", PACKS)
def test_every_shipped_pack_loads(name):
    assert read(name)


@pytest.mark.parametrize("name", PACKS)
def test_no_shipped_pack_has_a_number_outside_a_sourced_value(name):
    bare = re.findall(r"^\w+ = [\d\"\[].*", (FOLDER / f"{name}.toml").read_text("utf-8"), re.M)
    allowed = r"(year|source|name|first|last|work|zh|en) = "
    assert [line for line in bare if not re.match(allowed, line)] == []


@pytest.mark.parametrize("text", ["a = { value = 3 }", 'a = { value = 3, source = "" }', "[[a]]\nb = { value = 1 }"])
def test_a_value_without_a_source_is_a_guess_and_refused(text):
    with pytest.raises(ValueError, match="source"):
        parse(text, "own")


def test_values_leave_the_sources_behind():
    pack = parse('source = "x"\n[a]\nb = { value = [1], source = "y", unit = "z" }\nc = 2', "own")
    assert values(pack) == {"a": {"b": [1], "c": 2}}
