"""Cutting a connection without an answer, as a dying gateway does.

HTTP servers have no word for it, so the socket of the connection is looked up among our own open files by its
peer address and shut down. Works where the kernel lists open files (Linux, macOS).
"""

import os
import socket
from pathlib import Path

OPEN_FILES = Path("/proc/self/fd") if Path("/proc/self/fd").exists() else Path("/dev/fd")


def drop_connection(client: tuple[str, int]) -> bool:
    """Shut the connection from this peer. False if it was not found (already gone)."""
    for entry in OPEN_FILES.iterdir():
        try:
            copy = os.dup(int(entry.name))
        except (OSError, ValueError):
            continue
        if _shut(copy, client):
            return True
    return False


def _shut(descriptor: int, client: tuple[str, int]) -> bool:
    try:
        connection = socket.socket(fileno=descriptor)
    except OSError:
        os.close(descriptor)
        return False
    with connection:
        try:
            if connection.getpeername()[:2] != client:
                return False
            connection.shutdown(socket.SHUT_RDWR)
        except (OSError, TypeError, IndexError):
            return False
    return True
