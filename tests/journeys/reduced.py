"""A small part of the training sentences: enough to tell the classes apart, and trained in a few seconds."""

from collections import Counter, defaultdict
from pathlib import Path

from nlu import corpus

MOST = {"intent": 25, "subject": 25, "topic": 6}  # sentences of each class, at least, where there are so many


def write(folder: Path) -> None:
    """Every class of the whole, in one file."""
    seen: Counter[tuple[str, str]] = Counter()
    groups: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for one in corpus.read():
        labels = [("intent", one.intent), ("subject", one.subject), ("topic", one.topic)]
        if any(name and seen[kind, name] < MOST[kind] for kind, name in labels):
            seen.update(labels)
            groups[one.intent, one.subject, one.topic].append(one.text)
    lines = ['version: "3.1"', "nlu:"]
    for (intent, subject, topic), texts in groups.items():
        metadata = [f"      {name}: {value}" for name, value in (("subject", subject), ("topic", topic)) if value]
        lines += [f"  - intent: {intent}", *(["    metadata:", *metadata] if metadata else []), "    examples: |"]
        lines += [f"      - {text}" for text in texts]
    folder.mkdir(parents=True)
    (folder / "some.yml").write_text("\n".join([*lines, ""]), "utf-8")
