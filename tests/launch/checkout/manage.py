"""Stands for Django's: notes what it was called with; `work` runs until a signal comes."""

import os
import pathlib
import sys
import time

with pathlib.Path(os.environ["HUIYIN_DATA"], "manage.calls").open("a") as calls:
    calls.write(" ".join(sys.argv[1:]) + "\n")
if sys.argv[1] == "migrate" and pathlib.Path("disk-is-full").exists():
    with pathlib.Path("/dev/full").open("w") as full:
        full.write("x")
if sys.argv[1] == "work":
    time.sleep(300)
