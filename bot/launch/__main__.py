"""`python3 -m bot.launch COMMAND`: what the Makefile calls. This file alone must parse on any Python 3, to say that it is too old."""

import sys

USAGE = (
    "python3 -m bot.launch run | test | check | bench | chaos | city | evaluate | evaluate-files | lock | migrate | seed | doctor | clean"
)


def main(arguments: "list[str]") -> int:
    """Run a command and return its exit code."""
    if sys.version_info < (3, 8):
        sys.stderr.write(
            "启动需要 Python 3.8 或更新版本，当前是 %s。\nPython 3.8 or later is needed to start, this is %s.\n"
            "  make run PYTHON=/path/to/python3\n" % ((sys.version.split()[0],) * 2)
        )
        return 1
    if sys.platform == "win32":
        sys.stderr.write("请在 Linux（或 WSL）上运行。Run it on Linux (or in WSL).\n")
        return 1
    from bot.launch import commands

    return commands.main(arguments, USAGE)


if __name__ == "__main__":
    if not __package__:  # started as a file: python3 bot/launch/__main__.py
        import os

        sys.path[0] = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    sys.exit(main(sys.argv[1:]))
