"""Stands for Rasa: trains a file, serves a port; says which model it serves. A file `hang` beside the model makes it hang."""

import json
import os
import pathlib
import sys
import time

import serving

if os.environ.get("RASA_TELEMETRY_ENABLED") != "false":
    sys.exit("telemetry is on")


class Rasa(serving.Answer):
    model = pathlib.Path()

    def do_GET(self) -> None:
        if (self.model.parent / "hang").exists():
            time.sleep(3600)
        self.say(json.dumps({"model_file": self.model.name}))

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.say("{}")


if sys.argv[1] == "train":
    out = pathlib.Path(sys.argv[sys.argv.index("--out") + 1])
    (out / (sys.argv[sys.argv.index("--fixed-model-name") + 1] + ".tar.gz")).write_text("a model")
else:
    Rasa.model = pathlib.Path(sys.argv[sys.argv.index("--model") + 1])
    serving.serve(int(sys.argv[sys.argv.index("-p") + 1]), Rasa)
