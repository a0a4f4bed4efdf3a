"""`python -m tests.bench [intake|storm|lists …]`: measure, print, write docs/benchmarks.md; 1 when a target was missed, which are named."""

import importlib
import shutil
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.report import Section, write

BENCHES = ("intake", "storm", "lists", "ladder")


def main(words: list[str]) -> int:
    """Run the named benchmarks, or all; every one is run and written, also when an earlier one missed a target."""
    unknown = [word for word in words if word not in BENCHES]
    if unknown:
        sys.stderr.write(f"no benchmark {', '.join(unknown)}; there are {', '.join(BENCHES)}\n")
        return 2
    sections: list[Section] = []
    for name in words or BENCHES:
        folder = Path(tempfile.mkdtemp(prefix=f"huiyin-bench-{name}-"))
        begun = time.monotonic()
        sys.stdout.write(f"== {name}\n")
        try:
            sections.append(importlib.import_module(f"tests.bench.{name}").run(folder))
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        sys.stdout.write(f"   {time.monotonic() - begun:.0f} s\n")
    write(sections)
    missed = [f"{section.name}: {row.what}: {row.figure}, target {row.target}" for section in sections for row in section.missed]
    sys.stdout.write("".join(f"MISSED {line}\n" for line in missed) or "all targets met\n")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
