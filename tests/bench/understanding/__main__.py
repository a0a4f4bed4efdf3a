"""`make evaluate`: measure, print, write report.html and report.json; `--quick` without yardsticks, `--write` into docs/benchmarks.md."""

import argparse
import json
import os
import signal
import sys
import tempfile
import time
from pathlib import Path
from types import FrameType

from nlu.evaluation import page
from nlu.evaluation.examples import BadInput
from nlu.evaluation.lab import Lab, LabError, tell
from nlu.evaluation.results import Report
from tests.bench import rasa
from tests.bench.report import machine, write
from tests.bench.servers import ROOT
from tests.bench.understanding import figures, run
from tests.bench.understanding.section import Section


def _stop(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)  # so that Rasa is ended too


def main(words: list[str]) -> int:
    """0 = the report is written (also where a target is missed: that is told), 1 = something failed."""
    parser = argparse.ArgumentParser(prog="make evaluate")
    parser.add_argument("--quick", action="store_true", help="without the stock pipelines, with two points of the learning curve")
    parser.add_argument("--write", action="store_true", help="the figures into docs/benchmarks.md too")
    parser.add_argument("--out", type=Path, default=Path(os.environ.get("HUIYIN_DATA") or ROOT / "var") / "evaluation", help="folder")
    given = parser.parse_args(words)
    signal.signal(signal.SIGTERM, _stop)
    try:
        report = measured(given.quick)
    except (LabError, BadInput, OSError) as error:
        sys.stderr.write(f"✗ {error}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    keep(report, given.out)
    if given.write:
        write([Section(report)])
    show(report, given.out)
    return 0


def measured(quick: bool) -> Report:
    """Train, read, time. Raises LabError."""
    made = rasa.made()
    if made is None:
        raise LabError("没有 Rasa 环境或模型，请用 make evaluate · no Rasa environment or model: use make evaluate")
    begun, place = time.monotonic(), machine()
    lines = run.real_messages()
    with tempfile.TemporaryDirectory(prefix="huiyin-evaluate-") as folder:
        bench = run.Bench(Lab(made[0].absolute(), Path(folder), say=tell), made[1].absolute(), lines, quick)
        found = bench.run()
    return figures.report(found, run.about(bench, place, begun), [*left_out(bool(lines), quick), *found.failed])


def left_out(real: bool, quick: bool) -> list[str]:
    """What this report cannot say, and why."""
    told = []
    if not real:
        told.append(
            f"没有真实留言（{run.data_file().name}），与其有关的指标未测量；用 EVALUATE_DATA 指明文件。"
            "No real messages on this machine: their figures are left out; EVALUATE_DATA names the file."
        )
    if quick:
        told.append("--quick：未测原装流水线，学习曲线只有两点，吞吐只测一个进程。No stock pipelines, a short curve, one process.")
    return told


def keep(report: Report, out: Path) -> None:
    """Write both files, readable by their owner only: citizens' words stand in the page."""
    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, content in (
        ("report.html", page.render(report)),
        ("report.json", json.dumps(report.as_json(), ensure_ascii=False, indent=1)),
    ):
        half = out / f".{name}"
        half.write_text(content, "utf-8", "replace")
        half.chmod(0o600)
        half.replace(out / name)


def show(report: Report, out: Path) -> None:
    """Every figure on the screen, then what was missed."""
    for one in report.figures:
        verdict = "" if one.met is None else "  达到 met" if one.met else "  未达到 MISSED"
        others = "".join(f"  [{name} {value}]" for name, value in zip(report.rivals, one.others, strict=False) if value)
        sys.stdout.write(f"{one.zh} · {one.en}: {one.ours}{f' ({one.reach})' if one.reach else ''}{verdict}{others}\n")
    sys.stdout.write("".join(f"{one}\n" for one in report.left_out))
    sys.stdout.write(f"报告 report: {out / 'report.html'}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
