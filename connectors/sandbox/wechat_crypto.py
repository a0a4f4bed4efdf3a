"""WeChat's signatures and AES envelope, written anew from the platform's page (wechat.md §1.2, §1.4)."""

import base64
import binascii
import hashlib
import hmac
import os
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK = 32  # WeChat pads to 32 bytes, not to AES's 16


class BadEnvelope(Exception):
    """The ciphertext, its signature or the account in it is not right."""


def signature(*parts: str) -> str:
    """`signature` and `msg_signature`: SHA-1 over the sorted parts."""
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()


def same(left: str, right: str) -> bool:
    """Compare two signatures in constant time."""
    return hmac.compare_digest(left.encode(), right.encode())


def _cipher(aes_key: str) -> Cipher[modes.CBC]:
    key = base64.b64decode(aes_key + "=")
    return Cipher(algorithms.AES(key), modes.CBC(key[:16]))


def encrypt(message: bytes, aes_key: str, app_id: str, noise: bytes | None = None) -> str:
    """`Encrypt` of a message. `noise` is the 16 random bytes in front, given only by tests."""
    plain = (noise or os.urandom(16)) + struct.pack(">I", len(message)) + message + app_id.encode()
    pad = BLOCK - len(plain) % BLOCK
    machine = _cipher(aes_key).encryptor()
    return base64.b64encode(machine.update(plain + bytes([pad]) * pad) + machine.finalize()).decode()


def decrypt(encrypted: str, aes_key: str, app_id: str) -> bytes:
    """The message in an `Encrypt`. Raises BadEnvelope on anything that is not exactly right."""
    try:
        data = base64.b64decode(encrypted, validate=True)
    except (binascii.Error, ValueError):
        raise BadEnvelope("Encrypt is not base64") from None
    if not data or len(data) % 16:
        raise BadEnvelope("Encrypt has a broken length")
    machine = _cipher(aes_key).decryptor()
    plain = machine.update(data) + machine.finalize()
    pad = plain[-1]
    if not 1 <= pad <= BLOCK or plain[-pad:] != bytes([pad]) * pad:
        raise BadEnvelope("bad padding")
    plain = plain[:-pad]
    if len(plain) < 20:
        raise BadEnvelope("too short")
    size = struct.unpack(">I", plain[16:20])[0]
    message, tail = plain[20 : 20 + size], plain[20 + size :]
    if len(message) != size or tail != app_id.encode():
        raise BadEnvelope("the app id at the end is not ours")
    return message
