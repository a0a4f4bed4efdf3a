"""What the demo's departments know: a dozen entries, one subject switched on. Invented, like the town."""

import tomllib
from datetime import datetime
from pathlib import Path

from bot.knowledge import actions
from bot.knowledge.models import Entry, Switch
from bot.staff.access import Actor, actor_of
from bot.staff.models import Department, Person

FILE = Path(__file__).parent / "demoknowledge.toml"
AUTHOR, REVIEWER = "demo", "leader"
SWITCHED = ("health", "health")  # a department of the demo, and a subject


def seed_knowledge(now: datetime) -> int:
    """Write and publish what is missing; how many entries there are. Nothing once anybody has worked on the knowledge base."""
    author, reviewer = (actor_of(Person.objects.get(username=name)) for name in (AUTHOR, REVIEWER))
    if not Entry.objects.exists():
        for row in tomllib.loads(FILE.read_text("utf-8"))["entries"]:
            _published(author, reviewer, row, now)
    if not Switch.objects.exists():
        department = Department.objects.get(code=SWITCHED[0])
        actions.switch(reviewer, department, SWITCHED[1], True, now)
    return Entry.objects.count()


def _published(author: Actor, reviewer: Actor, row: dict[str, object], now: datetime) -> None:
    department = Department.objects.get(code=row["department"])
    owner = Person.objects.get(username=row["owner"])
    draft = row.pop("draft", False)
    entry = actions.create(author, {**row, "department": department, "owner": owner}, now)
    if draft:
        return
    actions.submit(author, entry, now)
    actions.publish(reviewer, Entry.objects.select_related("department").get(pk=entry.pk), now)
