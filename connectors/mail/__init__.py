"""E-mail: staff are called through the department's own mail server."""

from connectors.contract import Pager
from connectors.mail.smtp import Smtp

pagers: tuple[Pager, ...] = (Smtp(),)
