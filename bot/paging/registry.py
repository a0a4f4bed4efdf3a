"""Which means of calling staff there are: every folder of `connectors/` that has pagers."""

import importlib
import pkgutil
from functools import cache

import connectors
from connectors.contract import Pager


@cache
def all_pagers() -> dict[str, Pager]:
    """Pagers by the name of their means."""
    found: dict[str, Pager] = {}
    for module in pkgutil.iter_modules(connectors.__path__):
        if module.ispkg:
            pagers = getattr(importlib.import_module(f"connectors.{module.name}"), "pagers", ())
            found |= {pager.means: pager for pager in pagers}
    return found
