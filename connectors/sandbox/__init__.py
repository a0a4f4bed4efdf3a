"""Pretend WeChat, Weibo and Telegram platforms: real protocols, a page of phones, faults on demand.

This room is the independent second implementation of what the connectors speak: it shares no signing or
encryption code with them. It runs as one process with one event loop, bound to loopback; all state is in memory
and is touched only between two awaits of that loop, which is the lock.
"""
