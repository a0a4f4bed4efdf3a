"""DingTalk 钉钉: staff are called through the robot of a group."""

from connectors.contract import Pager
from connectors.dingtalk.robot import Robot

pagers: tuple[Pager, ...] = (Robot(),)
