"""Which department a ticket goes to."""

from collections.abc import Mapping


def department_for(subject: str, account_department: str, routes: Mapping[str, str]) -> str:
    """The department's code for a subject: the longest matching route, else the department of the account that was written to.

    Subjects may be paths ("城乡建设/安全生产"): a route for the parent takes what has no route of its own. A route to "" is none.
    """
    path = subject.strip().split("/", 8)
    for depth in range(len(path), 0, -1):
        department = routes.get("/".join(path[:depth]), "")
        if department:
            return department
    return account_department
