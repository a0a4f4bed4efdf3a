"""Secrets at rest: encrypted with a key derived from HUIYIN_SECRET_KEY; earlier keys still open old values."""

import base64
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class Sealed(Exception):
    """A stored secret cannot be opened with any key we have (the secret key was changed or lost)."""


@lru_cache(maxsize=4)
def _keys(current: str, *previous: str) -> MultiFernet:
    return MultiFernet([Fernet(_derive(secret)) for secret in (current, *previous)])


def _derive(secret: str) -> bytes:
    raw = HKDF(algorithm=SHA256(), length=32, salt=b"huiyin.vault", info=b"v1").derive(secret.encode())
    return base64.urlsafe_b64encode(raw)


def _vault() -> MultiFernet:
    return _keys(settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)


def seal(plain: str) -> str:
    """Encrypt a text for the database."""
    return _vault().encrypt(plain.encode()).decode()


def unseal(sealed: str) -> str:
    """Decrypt what `seal` wrote. Raises Sealed, whose text holds nothing of the value."""
    try:
        return _vault().decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise Sealed("密钥不符，无法解开已保存的凭据；请检查 HUIYIN_SECRET_KEY。") from None


def reseal(sealed: str) -> str:
    """The same value sealed with the current key. Raises Sealed."""
    try:
        return _vault().rotate(sealed.encode()).decode()
    except InvalidToken:
        raise Sealed("密钥不符，无法解开已保存的凭据；请检查 HUIYIN_SECRET_KEY。") from None
