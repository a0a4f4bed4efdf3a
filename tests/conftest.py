"""A place of their own for everything tests write, and no real secret."""

import os
import tempfile

os.environ.setdefault("HUIYIN_DATA", tempfile.mkdtemp(prefix="huiyin-test-"))
os.environ.setdefault("HUIYIN_SECRET_KEY", "only-for-tests")
os.environ.setdefault("HUIYIN_PUBLIC_URL", "http://huiyin.test")
