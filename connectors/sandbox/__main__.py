"""`python -m connectors.sandbox --port 8001 --accounts FILE`: serve the pretend platforms on loopback."""

import argparse
import ipaddress
import os
import socket
import sys

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from connectors.sandbox.app import FILE_VARIABLE, BadFile, load_world


def _loopback(host: str) -> str:
    if host == "localhost":
        return "127.0.0.1"
    try:
        good = ipaddress.ip_address(host).is_loopback
    except ValueError:
        good = False
    if not good:
        raise argparse.ArgumentTypeError("the sandbox has no passwords: it listens on a loopback address only")
    return host


def _port_problem(host: str, port: int) -> str:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return f"cannot listen on {host}:{port}: {error.strerror}"
    return ""


def main(arguments: list[str] | None = None) -> int:
    """Serve until stopped. Returns the exit code: 2 = could not start."""
    parser = argparse.ArgumentParser(prog="python -m connectors.sandbox", description="Pretend WeChat, Weibo and Telegram.")
    parser.add_argument("--host", type=_loopback, default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8001)
    parser.add_argument("--accounts", default="", metavar="FILE", help="JSON as `manage.py seed` writes it")
    options = parser.parse_args(arguments)
    try:
        world = load_world(options.accounts)
    except BadFile as error:
        sys.stderr.write(f"sandbox: {error}\n")
        return 2
    problem = _port_problem(options.host, options.port)
    if problem:
        sys.stderr.write(f"sandbox: {problem}\n")
        return 2
    os.environ[FILE_VARIABLE] = options.accounts
    sys.stdout.write(f"沙盒 sandbox: http://{options.host}:{options.port}/ · {len(world.accounts)} accounts\n")
    sys.stdout.flush()
    Granian(
        "connectors.sandbox.app:from_environment",
        factory=True,
        address=options.host,
        port=options.port,
        interface=Interfaces.ASGI,
        workers=1,
        websockets=False,
        backlog=2048,
        log_level=LogLevels.warning,
    ).serve()
    return 0


if __name__ == "__main__":
    sys.exit(main())
