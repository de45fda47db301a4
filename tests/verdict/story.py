"""A story per check: one that it must object to, and one that it must not."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tests.verdict.conversation import Conversation

Tell = Callable[[Conversation], None]


@dataclass(frozen=True)
class Story:
    """What happened, and what the check says of it: `says` None means nothing at all.

    `also` are other checks that have every reason to object to the same.
    """

    check_id: str
    tell: Tell
    says: str | None
    also: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """For the test's own name."""
        return f"{self.check_id} {'sound' if self.says is None else 'flawed'} {self.tell.__name__}"


STORIES: list[Story] = []


def flawed(check_id: str, says: str, *, also: Iterable[str] = ()) -> Callable[[Tell], Tell]:
    """The check objects to the decorated story, in these words."""

    def keep(tell: Tell) -> Tell:
        STORIES.append(Story(check_id, tell, says, frozenset(also)))
        return tell

    return keep


def sound(*check_ids: str) -> Callable[[Tell], Tell]:
    """The checks look at the decorated story and have nothing to say."""

    def keep(tell: Tell) -> Tell:
        STORIES.extend(Story(check_id, tell, None) for check_id in check_ids)
        return tell

    return keep
