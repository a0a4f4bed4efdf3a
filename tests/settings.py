"""The product's settings, with a folder of its own for everything tests write, and no real secret."""

import atexit
import os
import shutil
import tempfile

if not os.environ.get("HUIYIN_DATA"):
    os.environ["HUIYIN_DATA"] = tempfile.mkdtemp(prefix="huiyin-test-")
    atexit.register(shutil.rmtree, os.environ["HUIYIN_DATA"], ignore_errors=True)
os.environ.setdefault("HUIYIN_SECRET_KEY", "only-for-tests")
os.environ.setdefault("HUIYIN_PUBLIC_URL", "http://huiyin.test")

from bot.settings import *  # noqa: F403

PASSWORD_HASHERS = ["tests.hashing.QuickHasher"]
# Each client of a test makes the whole chain of middleware; only the first one looks through all static files.
MIDDLEWARE = ["tests.static.ReadOnce" if name == "whitenoise.middleware.WhiteNoiseMiddleware" else name for name in MIDDLEWARE]  # noqa: F405
