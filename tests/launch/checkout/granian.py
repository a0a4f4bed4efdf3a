"""Stands for the web server: takes its port from the same command line."""

import os
import pathlib
import sys

import serving

if pathlib.Path("web-is-broken").exists():
    sys.exit("ModuleNotFoundError: No module named 'bot.asgi'")
pathlib.Path(os.environ["HUIYIN_DATA"], "web.env").write_text("\n".join(f"{key}={value}" for key, value in os.environ.items()))
serving.serve(int(sys.argv[sys.argv.index("--port") + 1]))
