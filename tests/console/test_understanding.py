"""The page 理解与阈值: what the reading distinguishes, and how sure it must be."""

from dataclasses import fields

from bot.console.views.understanding import MEANINGS
from nlu.subjects import topics
from policies.rulepack import read
from policies.triage import Thresholds
from tests.bot.conftest import World
from tests.console.town import client_of, opened


def test_every_threshold_stands_there_with_its_value_and_evidence(world: World):
    page = client_of(world.alice).get("/understanding/").content.decode()
    assert set(MEANINGS) == {one.name for one in fields(Thresholds)}
    pack = read("triage")["thresholds"]
    assert all(f"<strong>{row['value']}</strong>" in page for row in pack.values())
    assert all(row["source"][:20] in page for row in pack.values())


def test_every_topic_stands_there_with_examples(world: World):
    page = client_of(world.alice).get("/understanding/").content.decode()
    assert all(topic.zh in page and topic.covers in page for topic in topics().values())


def test_a_tickets_reading_leads_to_it(world: World):
    page = client_of(world.alice).get(f"/tickets/{opened(world).number}").content.decode()
    assert 'href="/understanding/"' in page


def test_english_staff_read_it_in_english(world: World):
    client = client_of(world.alice)
    client.post("/preferences/language", {"language": "en"})
    page = client.get("/understanding/").content.decode()
    assert "Somebody is in danger now" in page and "Taxis and ride hailing" in page
