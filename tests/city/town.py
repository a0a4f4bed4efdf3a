"""The city's offices: departments in a tree, sixty people, accounts on three platforms, who is competent for what."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.channels.actions import save_account
from bot.channels.models import Account
from bot.paging.models import Gateway
from bot.staff.actions import assign, create_department, create_person, ensure_root
from bot.staff.models import Department, Route
from nlu.subjects import all_subjects
from policies.roles import Role
from tests.city import paging, roster
from tests.city.plan import PLATFORMS, Plan
from tests.city.platforms import PAGERS

BUREAUS = {
    "health": "卫生健康委",
    "water": "水务局",
    "education": "教育局",
    "transport": "交通运输局",
    "housing": "住房城乡建设局",
    "labour": "人力资源社会保障局",
}
SECTIONS = {"service": "服务科", "inspection": "监察科"}
BY = "system:seed"
LARGE = 40  # staff of a city with all its bureaus
BUREAU_AGENTS = 3
NEEDED_AT_ROOT = 4  # two supervisors and two leaders of the duty, above everybody


@dataclass(frozen=True, slots=True)
class Post:
    """One person's place: department and role."""

    username: str
    name: str
    department: str
    roles: tuple[Role, ...]


def posts(plan: Plan) -> list[Post]:
    """Who works where: leaders at the top, a head, a duty officer and agents in each bureau, everybody else in the sections."""
    found = [
        _post(n, "root", Role.SUPERVISOR, Role.AGENT) if n % 2 else _post(n, "root", Role.DUTY_LEADER, Role.AGENT)
        for n in range(NEEDED_AT_ROOT)
    ]
    for bureau in _bureaus(plan):
        found.append(_post(len(found), bureau, Role.SUPERVISOR, Role.AGENT))
        found.append(_post(len(found), bureau, Role.DUTY, Role.AGENT))
        for _ in range(BUREAU_AGENTS if plan.staff >= LARGE else 1):
            found.append(_post(len(found), bureau, Role.AGENT))
    sections = [f"{bureau}-{section}" for bureau in _bureaus(plan) for section in SECTIONS]
    while len(found) < plan.staff:
        found.append(_post(len(found), sections[len(found) % len(sections)], Role.AGENT))
    return found


def _post(number: int, department: str, *roles: Role) -> Post:
    return Post(f"p{number:02d}", f"工作人员{number:02d}", department, roles)


def _bureaus(plan: Plan) -> list[str]:
    return list(BUREAUS)[: 6 if plan.staff >= LARGE else 3]


def address(ports: Mapping[str, int]) -> None:
    """Where the platforms of this run are."""
    for platform in PLATFORMS:
        Account.objects.filter(platform=platform).update(base_url=f"http://127.0.0.1:{ports[platform]}")
    Gateway.objects.update(base_url=f"http://127.0.0.1:{ports[PAGERS]}")


def found_city(plan: Plan, now: datetime) -> None:
    """Write the offices into an empty database, through the product's own verbs."""
    root = ensure_root(now)
    departments = {"root": root}
    for bureau in _bureaus(plan):
        departments[bureau] = create_department(BY, bureau, BUREAUS[bureau], root, now)
        for section, name in SECTIONS.items():
            code = f"{bureau}-{section}"
            departments[code] = create_department(BY, code, f"{BUREAUS[bureau]}{name}", departments[bureau], now)
    gateways = paging.gateways(root, now)
    for number, post in enumerate(posts(plan)):
        person = create_person(BY, post.username, post.name, None, now)
        for role in post.roles:
            assign(BY, person, departments[post.department], role, now)
        paging.contacts(number, person, gateways, now)
    roster.write(plan, [post.department for post in posts(plan)], departments)
    _accounts(plan, departments, now)
    _routes(plan, departments)


def account_ids(plan: Plan) -> list[str]:
    """The accounts in the order in which the plan counts places."""
    return [f"{platform}-{number}" for platform in PLATFORMS for number in range(plan.accounts[platform])]


def _accounts(plan: Plan, departments: Mapping[str, Department], now: datetime) -> None:
    bureaus = _bureaus(plan)
    for place, account in enumerate(account_ids(plan)):
        platform, _, number = account.partition("-")
        # The last WeChat account is not verified: it can speak in the webhook's own response and nowhere else.
        bare = platform == "wechat" and int(number) == plan.accounts["wechat"] - 1
        values = {
            "id": account,
            "platform": platform,
            "name": f"{BUREAUS[bureaus[place % len(bureaus)]]}{account}",
            "kind": {"wechat": "subscription_uncertified" if bare else "service"}.get(platform, ""),
            "base_url": "http://127.0.0.1:1",
            "credentials": _credentials(platform, place),
        }
        save_account(BY, values, departments[bureaus[place % len(bureaus)]], now)


def _credentials(platform: str, place: int) -> dict[str, str]:
    if platform == "wechat":
        return {"app_id": f"wx{place:016d}", "app_secret": "0" * 32, "token": "city", "mode": "plain"}
    if platform == "weibo":
        return {"app_key": f"{place + 1}", "app_secret": "0" * 32, "access_token": f"2.00city{place}", "uid": "1000000001"}
    return {"bot_token": f"{place + 100000}:city-token-city-token-city-token-city", "secret_token": "city"}


def _routes(plan: Plan, departments: Mapping[str, Department]) -> None:
    """Each bureau divides the subjects among its sections; some belong to another bureau."""
    dice, bureaus = random.Random(plan.seed + 2), _bureaus(plan)
    for bureau in bureaus:
        for subject in sorted(all_subjects()):
            home = dice.choice(bureaus) if dice.random() < 0.2 else bureau
            competent = departments[f"{home}-{dice.choice(list(SECTIONS))}"]
            Route.objects.create(department=departments[bureau], label=subject, competent=competent)


def accounts() -> dict[str, Account]:
    return {row.pk: row for row in Account.objects.select_related("department")}
