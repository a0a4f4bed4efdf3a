"""The product's settings, with a folder of its own for everything tests write, and no real secret."""

import os
import tempfile

os.environ.setdefault("HUIYIN_DATA", tempfile.mkdtemp(prefix="huiyin-test-"))
os.environ.setdefault("HUIYIN_SECRET_KEY", "only-for-tests")
os.environ.setdefault("HUIYIN_PUBLIC_URL", "http://huiyin.test")

from bot.settings import *  # noqa: F403

PASSWORD_HASHERS = ["tests.hashing.QuickHasher"]
