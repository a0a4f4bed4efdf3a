"""The machine's own package index for uv: what pip is told by its environment and its files, in uv's words.

A ministry's network often reaches a mirror only, named in pip.conf or PIP_INDEX_URL. uv reads neither. Whatever uv itself is
told (UV_* or uv.toml) goes first. No index is named here: without any setting both tools use their own default.
"""

from __future__ import annotations

import configparser
import os
from collections.abc import Mapping
from pathlib import Path

_UV_INDEX = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_INDEX", "UV_EXTRA_INDEX_URL", "UV_NO_INDEX")
# pip's name → uv's. pip treats all indexes alike, which is what uv calls unsafe-best-match; the locks' hashes make it safe.
_NAMES = {"index-url": "UV_DEFAULT_INDEX", "extra-index-url": "UV_INDEX", "trusted-host": "UV_INSECURE_HOST", "cert": "SSL_CERT_FILE"}


def _files(environ: Mapping[str, str]) -> list[Path]:
    """pip's configuration files, weakest first (pip's documentation, 'Configuration files')."""
    home = Path(environ.get("HOME") or os.path.expanduser("~"))
    config = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    shared = [Path(folder) / "pip/pip.conf" for folder in (environ.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(":") if folder]
    named = environ.get("PIP_CONFIG_FILE", "")
    if named == os.devnull:
        return []
    own = [home / ".pip/pip.conf", config / "pip/pip.conf"]
    return [*shared, Path("/etc/pip.conf"), *own, *([Path(named)] if named else [])]


def settings(environ: Mapping[str, str], files: list[Path] | None = None) -> dict[str, str]:
    """pip's settings, by their long names. Files that cannot be read or parsed are passed over, as pip's own errors are for pip."""
    found: dict[str, str] = {}
    for path in _files(environ) if files is None else files:
        parser = configparser.RawConfigParser()
        try:
            parser.read(path, encoding="utf-8")
        except (configparser.Error, OSError, UnicodeDecodeError):
            continue
        for section in ("global", "install"):
            if parser.has_section(section):
                found.update({name.replace("_", "-"): value for name, value in parser.items(section)})
    for name, value in environ.items():
        if name.startswith("PIP_") and value:
            found[name[4:].lower().replace("_", "-")] = value
    return found


def _uv_is_told(environ: Mapping[str, str]) -> bool:
    if any(environ.get(name) for name in _UV_INDEX):
        return True
    config = Path(environ.get("XDG_CONFIG_HOME") or Path(environ.get("HOME") or os.path.expanduser("~")) / ".config")
    for path in (Path(environ.get("UV_CONFIG_FILE") or config / "uv/uv.toml"), Path("/etc/uv/uv.toml")):
        try:
            if "index" in path.read_text(encoding="utf-8"):
                return True
        except (OSError, UnicodeDecodeError):
            continue
    return False


def for_uv(environ: Mapping[str, str], files: list[Path] | None = None) -> dict[str, str]:
    """The variables to add for uv so that it goes where pip would go. Empty where pip has no settings or uv has its own."""
    told = settings(environ, files)
    added: dict[str, str] = {}
    if not _uv_is_told(environ):
        for name in ("index-url", "extra-index-url"):
            if told.get(name):
                added[_NAMES[name]] = " ".join(told[name].split())
        if "extra-index-url" in told:
            added["UV_INDEX_STRATEGY"] = "unsafe-best-match"
        if told.get("no-index", "").lower() in ("1", "true", "yes", "on"):
            added["UV_NO_INDEX"] = "1"
            added["UV_FIND_LINKS"] = ",".join(told.get("find-links", "").split())
    for name in ("trusted-host", "cert"):
        if told.get(name) and not environ.get(_NAMES[name]):
            added[_NAMES[name]] = " ".join(told[name].split())
    if told.get("proxy") and not any(environ.get(name) for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")):
        added["ALL_PROXY"] = told["proxy"]
    return {name: value for name, value in added.items() if value}
