"""The lock of Rasa's environment."""

import re
from pathlib import Path

LOCK = (Path(__file__).parents[2] / "nlu" / "requirements.txt").read_text("utf-8")
PINS = re.findall(r"^([a-z0-9][\w.-]*)==(\S+)", LOCK, re.MULTILINE)


def test_every_package_is_pinned_with_hashes() -> None:
    blocks = re.split(r"^(?=[a-z0-9])", LOCK, flags=re.MULTILINE)
    unhashed = [block.splitlines()[0] for block in blocks if block and block[0].isalnum() and "--hash=sha256:" not in block]
    assert len(PINS) > 100
    assert unhashed == []


def test_the_lock_names_no_address() -> None:
    assert not re.search(r"https?://|--(extra-)?index-url|--find-links|/root/|/work/", LOCK)


def test_what_rasa_never_imports_is_left_out() -> None:
    left_out = {"tensorflow", "tensorflow-text", "jax", "libclang", "confluent-kafka", "psycopg2-binary", "hf-xet"}
    assert not left_out & {name for name, _ in PINS}
    assert ("rasa", "3.6.21") in PINS
