"""Stands for the pretend platforms."""

import sys

import serving

serving.serve(int(sys.argv[sys.argv.index("--port") + 1]))
