"""Text messages 短信 through any HTTP gateway."""

from connectors.contract import Pager
from connectors.sms.gateway import Gateway

pagers: tuple[Pager, ...] = (Gateway(),)
