"""`python -m tests.chaos.kept DATA PYTHON MODEL COUNT`: the launcher's own care for its Rasa processes, without the rest of a run.

Writes where they answer to DATA/rasa.json, and lives until a signal comes.
"""

import json
import sys
import threading
from pathlib import Path

from bot.launch import options, plan, processes, steps


def main() -> None:
    """Supervise Rasa as `make run` does."""
    data, python, model, count = sys.argv[1:]
    made = options.read({"HUIYIN_DATA": data, "NLU_PROCESSES": count})
    made.logs.mkdir(parents=True, exist_ok=True)
    children = plan.understanding(made, Path(python), Path(model))
    places = [child.place for child in children if child.place]
    told = {"urls": [f"http://{place.host}:{place.port}" for place in places], "tokens": [place.token for place in places]}
    half = made.data / "rasa.half"
    half.write_text(json.dumps(told))
    half.rename(made.data / "rasa.json")
    stop = threading.Event()
    steps._stop_on_signals(stop)
    processes.supervise(children, made, stop)


if __name__ == "__main__":
    main()
