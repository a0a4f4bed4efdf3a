"""A telephone line between browser and server that a test can cut and mend."""

import contextlib
import socket
import threading


class Line:
    """Forwards TCP from a port of its own to the server's. While it is cut, what is open breaks and nothing new gets through."""

    def __init__(self, server_port: int) -> None:
        self._to = server_port
        self._open: set[socket.socket] = set()
        self._cut = False
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        self._cut = True
        for end in list(self._open):
            _close(end)

    def mend(self) -> None:
        self._cut = False

    def close(self) -> None:
        self.cut()
        _close(self._listener)

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            try:
                far = None if self._cut else socket.create_connection(("127.0.0.1", self._to))
            except OSError:
                far = None
            if far is None:
                _close(near)
                continue
            self._open |= {near, far}
            threading.Thread(target=self._pipe, args=(near, far), daemon=True).start()
            threading.Thread(target=self._pipe, args=(far, near), daemon=True).start()

    def _pipe(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        for end in (source, target):
            _close(end)
            self._open.discard(end)


def _close(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
