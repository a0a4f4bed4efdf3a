"""Stands for Rasa: trains a file, serves a port."""

import os
import pathlib
import sys

import serving

if os.environ.get("RASA_TELEMETRY_ENABLED") != "false":
    sys.exit("telemetry is on")
if sys.argv[1] == "train":
    out = pathlib.Path(sys.argv[sys.argv.index("--out") + 1])
    (out / (sys.argv[sys.argv.index("--fixed-model-name") + 1] + ".tar.gz")).write_text("a model")
else:
    serving.serve(int(sys.argv[sys.argv.index("-p") + 1]))
