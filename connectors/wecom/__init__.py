"""WeCom 企业微信: staff are called through the robot of a group or by messages of an own application."""

from connectors.contract import Pager
from connectors.wecom.app import App
from connectors.wecom.robot import Robot

pagers: tuple[Pager, ...] = (Robot(), App())
