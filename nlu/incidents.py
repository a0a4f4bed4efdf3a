"""Which messages tell of the same event: decided one by one as they come, on what has come before.

A text is a short vector of its rarest pairs of characters (`nlu.grams`): names, places, things. It belongs with earlier texts
that share enough of that weight; the less sure where it comes later, where it says little, and where both name places and
none is the same. Nothing here reads a clock or a database: times come with the messages, in their own order or not.
The figures, and how they were found, stand in docs/incidents.md.
"""

import heapq
from array import array
from collections import OrderedDict, defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from nlu.anchors import anchors
from nlu.entities.folding import fold
from nlu.grams import Rarity, grams, pairs

DAY = 86_400.0
MATTERS = ("站", "工地", "水库")  # such a name tells what it is about, not only where


@dataclass(frozen=True, slots=True)
class Rules:
    """The numbers of the decision, chosen by the first two stretches of the labelled stream; the third only checked them."""

    letters: int = 800  # of a text that are read
    places_in: int = 300  # letters in which places are looked for
    told: int = 70  # pairs of a text that are kept
    asked: int = 30  # pairs by which earlier texts are looked up
    crowd: int = 400  # a pair shared by so many groups finds nothing
    visits: int = 600  # entries of that index read for one text
    looked_at: int = 8  # groups compared in full
    kept: int = 30  # latest texts of a group that are compared one by one
    nearest: float = 0.4  # share of the nearest text in the likeness; the rest is the likeness to all
    enough: float = 0.13  # likeness from which two texts tell of the same
    same_citizen: float = 0.8  # … times this for a citizen who wrote of it before
    lone: float = 1.2  # … times this while there is only one other text
    little: int = 30  # pairs below which a text says little, and
    sparse: float = 2.5  # … times up to this, the less it says
    plenty: int = 70  # pairs from which on a text surely says more than a name
    elsewhere: float = 1.5  # … times this where the places named differ, and
    elsewhere_little: float = 4.0  # … times this where they differ and one of the texts says little else
    about: float = 0.02  # likeness that must remain where a text names a place, without its name: one estate has many matters
    matter: float = 0.5  # … times this where both name a place of the same name and were read as about the same topic,
    matter_days: float = 7.0  # within so long
    days: float = 60.0  # after so long a new message starts anew
    least: int = 3  # pairs a text needs to be compared at all
    texts: int = 10_000  # remembered; the group longest without a message goes first


RULES = Rules()


@dataclass(frozen=True, slots=True)
class Seen:
    """One citizen's request. `key` names it, `at` is its own time, `apart`: only requests of the same are compared (a department)."""

    key: int
    text: str
    at: datetime
    citizen: str = ""
    apart: int = 0
    places: tuple[str, ...] = ()  # names found by others; those found here are added
    topic: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a request belongs to: an incident, or one other request (`partner`), or nothing so far."""

    incident: int | None = None
    partner: int | None = None
    likeness: float = 0.0  # as a multiple of what was needed


@dataclass(slots=True)
class Read:
    """A request as it is compared."""

    seen: Seen
    vector: dict[int, float]
    told: frozenset[int]
    named: tuple[frozenset[int], ...]
    rest: frozenset[int]  # the pairs that remain without the names
    time: float


@dataclass(slots=True)
class Group:
    """Requests that belong together; `incident` is None for one that is alone."""

    id: int
    apart: int
    incident: int | None
    last: float
    sums: dict[int, float]
    count: int = 0
    joinable: bool = True
    citizens: set[str] = field(default_factory=set)
    topics: set[str] = field(default_factory=set)
    named: list[frozenset[int]] = field(default_factory=list)
    latest: "deque[tuple[int, dict[int, float]]]" = field(default_factory=deque)  # keys and vectors


class Grouper:
    """Remembers what came, and says of each new request where it belongs. Not safe for several threads."""

    def __init__(self, background: "array[float] | None" = None, rules: Rules = RULES) -> None:
        self.rules = rules
        self._rarity = Rarity(background)
        self._groups: OrderedDict[int, Group] = OrderedDict()
        self._of: dict[int, int] = {}  # the group of a request that is alone
        self._incidents: dict[int, int] = {}  # the group of an incident
        self._holding: dict[int, list[int]] = defaultdict(list)  # the groups that hold a pair
        self._texts = 0
        self._next = 0
        self._dropped = 0
        self._swept: dict[int, int] = {}  # how many groups were dropped when those that hold a pair were last looked through

    def read(self, seen: Seen) -> Read:
        """Make a request comparable. It is not remembered."""
        text = fold(seen.text[: self.rules.letters]).plain  # full width, invisible and many Traditional signs become plain ones
        found = grams(text)
        names = dict.fromkeys((*seen.places, *anchors(text[: self.rules.places_in])))
        named = tuple(frozenset(pairs(name)) for name in names if len(name) > 1)
        told = frozenset(found)
        rest = frozenset(grams(_without(text, names))) if named and len(told) < self.rules.plenty else told
        return Read(seen, self._rarity.vector(found, self.rules.told), told, named, rest, seen.at.timestamp() / DAY)

    def decide(self, read: Read) -> Verdict:
        """Where a request belongs, by what is remembered so far."""
        best, most = None, 0.0
        for group in self._near(read):
            if (likeness := self._measured(read, group, most)) > most:
                best, most = group, likeness
        if best is None or most < 1:
            return Verdict(likeness=most)
        if best.incident is not None:
            return Verdict(incident=best.incident, likeness=most)
        return Verdict(partner=best.latest[-1][0], likeness=most)

    def second_look(self, read: Read, incident: int) -> list[int]:
        """The short requests near this one that were alone and belong to the incident it just joined; they are in it from now on.

        Early messages are short and say the same in different words: what was too little to compare two of them is enough once
        an incident tells more. One look, at what is near the newcomer: nothing grows by itself. Long texts were compared well
        the first time; a second look at them only added wrong ones (docs/incidents.md).
        """
        group = self._groups[self._incidents[incident]]
        joined = []
        for lone in self._near(read):
            if lone.incident is None and len(lone.sums) < self.rules.little:
                again = _read_again(lone)
                if self._measured(again, group) >= 1:
                    self._drop(lone.id)
                    self._add(group, again)
                    joined.append(again.seen.key)
        return joined

    def remember(self, read: Read, incident: int | None = None, *, joinable: bool = True) -> None:
        """From now on the request counts, in an incident or alone; told again, the later word holds. A lone one may be closed too."""
        self.forget(read.seen.key)
        self._rarity.learn(read.told)
        at = self._incidents.get(incident) if incident is not None else None
        group = self._groups[at] if at is not None else self._new(read, incident)
        group.joinable = joinable
        self._add(group, read)
        while self._texts > self.rules.texts and len(self._groups) > 1:
            self._drop(next(iter(self._groups)))

    def pair(self, partner: int, incident: int) -> None:
        """A request that was alone is now the first of an incident."""
        group = self._groups[self._of.pop(partner)]
        group.incident = incident
        self._incidents[incident] = group.id

    def forget(self, key: int) -> None:
        """A request that is alone is no longer compared (those in incidents: `drop_incident`, then remember the rest)."""
        if (at := self._of.get(key)) is not None:
            self._drop(at)

    def drop_incident(self, incident: int) -> None:
        """Forget an incident with its requests."""
        if (at := self._incidents.get(incident)) is not None:
            self._drop(at)

    def rename(self, incident: int, name: int) -> None:
        """The incident has its final name."""
        if (at := self._incidents.pop(incident, None)) is not None:
            self._groups[at].incident = name
            self._incidents[name] = at

    def knows(self, incident: int) -> bool:
        """Whether the incident is remembered."""
        return incident in self._incidents

    def central(self, incident: int) -> int | None:
        """The latest requests' most typical one: the one most like all the others."""
        at = self._incidents.get(incident)
        if at is None:
            return None
        group = self._groups[at]
        return max(group.latest, key=lambda one: _dot(one[1], group.sums))[0]

    # --- inside ---
    def _measured(self, read: Read, group: Group, most: float = 0.0) -> float:
        """The likeness as a multiple of what is needed; what is under `most` is not looked at more closely."""
        likeness = self._likeness(read, group) / self._needed(read, group)
        if likeness > max(most, 1.0) and self._only_the_name(read, group):
            return 0.0
        if likeness > max(most, 1.0) and self._elsewhere(read, group):
            likeness /= self._distance(read, group)
        return likeness

    def _near(self, read: Read) -> list[Group]:
        """The groups that share the request's rarest pairs."""
        rules, found = self.rules, defaultdict[int, float](float)
        if len(read.told) < rules.least:
            return []
        asked = heapq.nlargest(rules.asked, read.vector.items(), key=lambda item: item[1])
        held = sorted(((holding, weight) for gram, weight in asked if (holding := self._holding.get(gram))), key=lambda one: len(one[0]))
        budget = rules.visits
        for holding, weight in held:
            budget -= len(holding)
            if budget < 0 or len(holding) >= rules.crowd:
                break
            square = weight * weight
            for at in holding:
                found[at] += square
        near = []
        for at in heapq.nlargest(2 * rules.looked_at, found, key=found.__getitem__):
            group = self._groups.get(at)
            if group and group.joinable and group.apart == read.seen.apart and abs(read.time - group.last) <= rules.days:
                near.append(group)
        return near[: rules.looked_at]

    def _likeness(self, read: Read, group: Group) -> float:
        share = self.rules.nearest
        nearest = max(_dot(vector, read.vector) for _, vector in group.latest)
        return share * nearest + (1 - share) * _dot(read.vector, group.sums) / group.count

    def _needed(self, read: Read, group: Group) -> float:
        rules = self.rules
        needed = rules.enough
        said = min(len(read.told), len(group.sums) if group.count == 1 else rules.little)
        if said < rules.little:
            needed *= rules.sparse - (rules.sparse - 1) * said / rules.little
        if read.seen.citizen and read.seen.citizen in group.citizens:
            needed *= rules.same_citizen
        if group.count == 1:
            needed *= rules.lone
        if read.seen.topic in group.topics and read.time - group.last <= rules.matter_days and self._same_place(read, group):
            needed *= rules.matter
        return needed

    @staticmethod
    def _same_place(read: Read, group: Group) -> bool:
        return any(name in group.named for name in read.named)

    def _only_the_name(self, read: Read, group: Group) -> bool:
        """Nothing but the name of a place is the same."""
        if not read.named or len(read.told) >= self.rules.plenty:
            return False
        rest = {gram: weight for gram, weight in read.vector.items() if gram in read.rest}
        return max(_dot(vector, rest) for _, vector in group.latest) < self.rules.about

    def _distance(self, read: Read, group: Group) -> float:
        little = len(read.told) < self.rules.little or (group.count == 1 and len(group.sums) < self.rules.little)
        return self.rules.elsewhere_little if little else self.rules.elsewhere

    @staticmethod
    def _elsewhere(read: Read, group: Group) -> bool:
        """Both name places, and no name of the one stands in the other."""
        if not read.named or not group.named:
            return False
        told = group.sums.keys()
        return not any(name <= told for name in read.named) and not any(name <= read.told for name in group.named)

    def _new(self, read: Read, incident: int | None) -> Group:
        self._next += 1
        group = Group(self._next, read.seen.apart, incident, read.time, {}, latest=deque(maxlen=self.rules.kept))
        self._groups[group.id] = group
        if incident is None:
            self._of[read.seen.key] = group.id
        else:
            self._incidents[incident] = group.id
        return group

    def _add(self, group: Group, read: Read) -> None:
        for gram in read.vector.keys() - group.sums.keys():
            self._hold(gram, group.id)
        group.sums = _sum(group.sums, read.vector) if group.count else read.vector  # a lone one's is its vector: half the memory
        group.count += 1
        group.last = max(group.last, read.time)
        group.latest.append((read.seen.key, read.vector))
        group.named = [*group.named, *(name for name in read.named if name not in group.named)][-self.rules.kept :]
        if read.seen.citizen:
            group.citizens.add(read.seen.citizen)
        if read.seen.topic:
            group.topics.add(read.seen.topic)
        self._texts += 1
        self._groups.move_to_end(group.id)

    def _hold(self, gram: int, at: int) -> None:
        holding, crowd = self._holding[gram], self.rules.crowd
        if len(holding) >= crowd and self._dropped - self._swept.get(gram, 0) >= crowd:
            self._swept[gram] = self._dropped
            holding[:] = [one for one in holding if one in self._groups]  # those dropped meanwhile
        if len(holding) < crowd:
            holding.append(at)

    def _drop(self, at: int) -> None:
        group = self._groups.pop(at)
        self._dropped += 1
        self._texts -= group.count
        if group.incident is not None:
            self._incidents.pop(group.incident, None)
        else:
            for key, _ in group.latest:
                self._of.pop(key, None)


def _read_again(lone: Group) -> Read:
    """A request that is alone, as it was compared, from what is remembered of it: the pairs it was known by, not its text."""
    key, vector = lone.latest[0]
    told = frozenset(vector)
    seen = Seen(
        key, "", datetime.fromtimestamp(lone.last * DAY, UTC), next(iter(lone.citizens), ""), lone.apart, (), next(iter(lone.topics), "")
    )
    return Read(seen, vector, told, tuple(lone.named), told.difference(*lone.named), lone.last)


def _without(text: str, names: Iterable[str]) -> str:
    for name in sorted((name for name in names if not name.endswith(MATTERS)), key=len, reverse=True):
        text = text.replace(name, " ")
    return text


def _dot(one: Mapping[int, float], other: Mapping[int, float]) -> float:
    small, large = (one, other) if len(one) <= len(other) else (other, one)
    return sum(weight * large[gram] for gram, weight in small.items() if gram in large)


def _sum(one: Mapping[int, float], other: Mapping[int, float]) -> dict[int, float]:
    return {gram: one.get(gram, 0.0) + other.get(gram, 0.0) for gram in one.keys() | other.keys()}
