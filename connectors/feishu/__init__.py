"""Feishu 飞书: staff are called through the robot of a group."""

from connectors.contract import Pager
from connectors.feishu.robot import Robot

pagers: tuple[Pager, ...] = (Robot(),)
