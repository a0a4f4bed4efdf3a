"""A mail server for one conversation at a time: it speaks SMTP, with STARTTLS and AUTH, or misbehaves."""

import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat


@dataclass
class MailServer:
    """`mode`: "ok", "rcpt:550", "rcpt:450", "data:554", "auth:535", "drop", "drop-after-data", "hang", "hang-after-data", "garbage"."""

    mode: str = "ok"
    tls: ssl.SSLContext | None = None
    port: int = 0
    mails: list[str] = field(default_factory=list)
    users: list[str] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    release: threading.Event = field(default_factory=threading.Event)


class Talk(socketserver.BaseRequestHandler):
    """One connection."""

    def handle(self) -> None:
        self.own: MailServer = self.server.own  # type: ignore[attr-defined]
        self.secure, self.left = False, b""
        with suppress(OSError):
            self._talk()

    def _talk(self) -> None:
        kind, _, code = self.own.mode.partition(":")
        if kind == "hang":
            self.own.release.wait(20)
        if kind in ("drop", "hang"):
            return
        self._say("这不是邮件服务器" if kind == "garbage" else "220 pretend ESMTP")
        while line := self._line():
            verb = line.split(" ")[0].upper()
            if not getattr(self, f"_{verb.lower()}", self._unknown)(line, kind, code):
                return

    def _ehlo(self, line: str, kind: str, code: str) -> bool:
        offers = ["pretend", *(["STARTTLS"] if self.own.tls and not self.secure else []), "AUTH PLAIN LOGIN", "8BITMIME"]
        for at, offer in enumerate(offers):
            self._say(f"250{' ' if at == len(offers) - 1 else '-'}{offer}")
        return True

    def _starttls(self, line: str, kind: str, code: str) -> bool:
        self._say("220 go ahead")
        assert self.own.tls
        self.request = self.own.tls.wrap_socket(self.request, server_side=True)
        self.secure = True
        return True

    def _auth(self, line: str, kind: str, code: str) -> bool:
        self.own.users.append(line)
        self._say(f"{code} no" if kind == "auth" else "235 ok")
        return True

    def _mail(self, line: str, kind: str, code: str) -> bool:
        self.own.encrypted.append(self.secure)
        self._say("250 ok")
        return True

    def _rcpt(self, line: str, kind: str, code: str) -> bool:
        self._say(f"{code} no such user here" if kind == "rcpt" else "250 ok")
        return True

    def _data(self, line: str, kind: str, code: str) -> bool:
        self._say("354 go on")
        text = ""
        while not text.endswith("\r\n.\r\n"):
            text += self._line() + "\r\n"
        if kind == "hang-after-data":
            self.own.release.wait(20)
        if kind in ("drop-after-data", "hang-after-data"):
            return False
        if kind == "data":
            self._say(f"{code} refused")
        else:
            self.own.mails.append(text)
            self._say("250 queued")
        return True

    def _quit(self, line: str, kind: str, code: str) -> bool:
        self._say("221 bye")
        return False

    def _rset(self, line: str, kind: str, code: str) -> bool:
        self._say("250 ok")
        return True

    def _unknown(self, line: str, kind: str, code: str) -> bool:
        self._say("502 not here")
        return True

    def _say(self, text: str) -> None:
        self.request.sendall(text.encode() + b"\r\n")

    def _line(self) -> str:
        while b"\r\n" not in self.left:
            got = self.request.recv(4096)
            if not got:
                raise ConnectionResetError
            self.left += got
        line, _, self.left = self.left.partition(b"\r\n")
        return line.decode(errors="replace")


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    address_family = socket.AF_INET


@contextmanager
def mail_server(mode: str = "ok", tls: ssl.SSLContext | None = None) -> Iterator[MailServer]:
    """A mail server on a free port of 127.0.0.1 until the block ends."""
    own = MailServer(mode, tls)
    server = _Server(("127.0.0.1", 0), Talk)
    server.own = own  # type: ignore[attr-defined]
    own.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield own
    finally:
        own.release.set()
        server.shutdown()
        server.server_close()


def certificate(folder: Path) -> tuple[ssl.SSLContext, str]:
    """A certificate for 127.0.0.1 that nobody trusts but who is given it: the server's context and the PEM."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now - timedelta(1), now + timedelta(1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    pem = made.sign(key, SHA256()).public_bytes(Encoding.PEM)
    (folder / "pem").write_bytes(pem + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "pem")
    return context, pem.decode()
