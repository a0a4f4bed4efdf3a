"""The recognisers' words, from words.ini beside this file.

INI rather than TOML: Rasa's Python 3.10 reads it with its own library, and no package is needed in either environment.
"""

from __future__ import annotations

import configparser
from functools import lru_cache
from pathlib import Path


@lru_cache(maxsize=1)
def _file() -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser(delimiters=("=",), comment_prefixes=("#",), strict=True)
    parser.read_string(Path(__file__).with_name("words.ini").read_text("utf-8"))
    return parser


def section(name: str, key: str) -> tuple[str, ...]:
    """The words of one key, in their order. Raises configparser.Error where there is none: the file is part of the code."""
    return tuple(_file().get(name, key).split())


def keys(name: str) -> tuple[str, ...]:
    """The keys of one section."""
    return tuple(_file().options(name))


def either(words: tuple[str, ...]) -> str:
    """The words as alternatives of a regular expression, longest first."""
    return "|".join(sorted(words, key=len, reverse=True))
