"""Which platforms there are: every folder of `connectors/` that has a connector."""

import importlib
import pkgutil
from functools import cache

import connectors
from connectors.contract import Connector


@cache
def all_connectors() -> dict[str, Connector]:
    """Connectors by platform name."""
    found: dict[str, Connector] = {}
    for module in pkgutil.iter_modules(connectors.__path__):
        if module.ispkg:
            connector = getattr(importlib.import_module(f"connectors.{module.name}"), "connector", None)
            if connector is not None:
                found[connector.platform] = connector
    return found


def connector_for(platform: str) -> Connector:
    """The connector of a platform. Raises KeyError for an unknown one."""
    return all_connectors()[platform]
