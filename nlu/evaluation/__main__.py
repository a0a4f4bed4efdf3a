"""`make evaluate-files`: 0 = measured, 1 = Rasa failed, 2 = the files or the words on the command line are wrong."""

import argparse
import json
import signal
import sys
import tempfile
from pathlib import Path
from types import FrameType

from nlu.evaluation import files
from nlu.evaluation.examples import BadInput
from nlu.evaluation.lab import Lab, LabError, tell

SHOWN = ("macro_f1", "accuracy", "ece", "p50_ms", "p99_ms", "model_mb", "rss_mb", "texts", "train_texts", "train_seconds", "changed")


def _stop(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)  # so that Rasa is ended too


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(prog="nlu.evaluation", description="Train the pipeline on a labelled file and measure it on another.")
    parser.add_argument("train", type=Path, help="JSON lines with text and label")
    parser.add_argument("test", type=Path, help="JSON lines with text and label")
    parser.add_argument("out", type=Path, help="the JSON file to write")
    parser.add_argument(
        "--axis", default=files.AXIS, choices=("subject", "intent"), help="which classifier of the pipeline learns the label"
    )
    parser.add_argument("--config", type=Path, help="another pipeline than config.yml")
    parser.add_argument("--python", type=Path, default=Path(sys.executable), help="the python of Rasa's environment")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, _stop)
    try:
        learn, judge = files.inputs(given.train, given.test, given.out)
        with tempfile.TemporaryDirectory(prefix="huiyin-evaluate-") as folder:
            result = files.measure(
                learn, judge, Lab(given.python.absolute(), Path(folder), given.config and given.config.absolute()), given.axis
            )
        files.write(result, given.out)
    except BadInput as error:
        sys.stderr.write(f"✗ {error}\n")
        return 2
    except (LabError, OSError) as error:
        sys.stderr.write(f"✗ {error}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    tell(f"已写入 · written: {given.out}")
    sys.stdout.write(json.dumps({key: result[key] for key in SHOWN}, ensure_ascii=False, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
