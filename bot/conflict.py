"""The two ways an action says no."""


class Conflict(Exception):
    """The row is no longer in the state the caller saw: somebody else was first. The text is for staff."""


class Denied(Exception):
    """The actor may not do this here. The text is for staff."""
