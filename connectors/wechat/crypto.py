"""Signatures and the AES envelope, around wechatpy's cipher: constant time, strict, and with two keys.

Source: dw/doc/oplatform/Third-party_Platforms/2.0/api/Before_Develop/Technical_Plan.html (facts §1.2-1.4).
"""

import binascii
import hashlib
import hmac
import secrets
from base64 import b64decode

from wechatpy.crypto import PrpCrypto

from connectors.wechat.credentials import AES_KEY, text
from policies.facts import AccountFacts

KEY_SLOTS = ("aes_key", "aes_key_previous")
_BLOCK = 32
_RANDOM = 16
_HEAD = _RANDOM + 4


class Undecipherable(Exception):
    """The envelope cannot be opened with this account's keys, or belongs to another account. Carries no data."""


class _Cipher(PrpCrypto):  # type: ignore[misc]  # wechatpy has no types
    """wechatpy's envelope with a cryptographic random head (its own comes from `random`)."""

    def get_random_string(self) -> bytes:
        return secrets.token_bytes(_RANDOM)


def signature(*parts: str) -> bytes:
    """WeChat's SHA-1 over the sorted parts, in hex. Odd characters never raise: they simply do not match."""
    return hashlib.sha1("".join(sorted(parts)).encode("utf-8", "replace")).hexdigest().encode()


def signed(given: str, token: str, *parts: str) -> bool:
    """Whether `given` is the signature of the parts under `token`, in constant time. An empty token signs nothing."""
    return bool(token) and hmac.compare_digest(signature(token, *parts), given.encode("utf-8", "replace"))


def decrypt(account: AccountFacts, envelope: str) -> tuple[bytes, str]:
    """Open an envelope: (message, the key slot that opened it). The current key first, then the previous one.

    Raises Undecipherable.
    """
    for slot in KEY_SLOTS:
        key = text(account, slot)
        if AES_KEY.fullmatch(key):
            try:
                return _open(key, envelope, text(account, "app_id").encode()), slot
            except (Undecipherable, ValueError, binascii.Error):
                continue
    raise Undecipherable


def _open(key: str, envelope: str, app_id: bytes) -> bytes:
    sealed = b64decode(envelope, validate=True)
    plain: bytes = PrpCrypto(_key_bytes(key)).cipher.decrypt(sealed)
    if len(plain) < _BLOCK:
        raise Undecipherable
    pad = plain[-1]
    if not 1 <= pad <= _BLOCK or plain[-pad:] != bytes([pad]) * pad:
        raise Undecipherable
    end = _HEAD + int.from_bytes(plain[_RANDOM:_HEAD], "big")
    if end > len(plain) - pad or not app_id or not hmac.compare_digest(plain[end:-pad], app_id):
        raise Undecipherable
    return plain[_HEAD:end]


def encrypt(account: AccountFacts, slot: str, message: str) -> str:
    """Seal a message with the key in `slot` (the one that opened the request, facts §1.4)."""
    sealed: bytes = _Cipher(_key_bytes(text(account, slot))).encrypt(message, text(account, "app_id"))
    return sealed.decode("ascii")


def _key_bytes(key: str) -> bytes:
    return b64decode(key + "=")
