"""Every check objects to what it is for, and to nothing else."""

import pytest

from src_system.verdict.catalogue import BY_ID, CHECKS
from src_system.verdict.check import Severity
from tests.verdict import stories
from tests.verdict.conversation import Conversation
from tests.verdict.story import STORIES, Story

assert stories.__all__  # importing the package has collected the stories

FLAWED = [story for story in STORIES if story.says is not None]
SOUND = [story for story in STORIES if story.says is None]


@pytest.mark.parametrize("story", FLAWED, ids=lambda story: story.name)
def test_a_check_objects_to_what_breaks_its_rule_and_the_others_do_not(story: Story) -> None:
    talk = Conversation()
    story.tell(talk)
    history = talk.history()

    messages = [finding.message for finding in BY_ID[story.check_id].run(history).findings]
    assert any(str(story.says) in message for message in messages), messages

    objecting = {
        check.id
        for check in CHECKS
        if check.severity is not Severity.INFO and check.run(history).findings
    }
    assert objecting - {story.check_id, *story.also} == set()


@pytest.mark.parametrize("story", SOUND, ids=lambda story: story.name)
def test_a_check_looks_at_what_keeps_its_rule_and_has_nothing_to_say(story: Story) -> None:
    talk = Conversation()
    story.tell(talk)
    outcome = BY_ID[story.check_id].run(talk.history())

    assert outcome.looked_at > 0
    assert [finding.message for finding in outcome.findings] == []


def test_every_check_has_a_story_that_it_objects_to_and_one_that_it_does_not() -> None:
    registered = {check.id for check in CHECKS}

    assert {story.check_id for story in FLAWED} == registered
    assert {story.check_id for story in SOUND} == registered


def test_there_are_at_least_thirty_checks_and_each_says_what_it_rests_on_and_how_to_mend() -> None:
    assert len(CHECKS) >= 30
    assert len(BY_ID) == len(CHECKS)
    for check in CHECKS:
        assert check.id.startswith("src."), check.id
        assert check.rule.startswith("spec "), check.id
        assert check.rule.endswith("."), check.id
        assert check.mend.endswith("."), check.id
        assert len(check.title.split()) > 2, check.id


def test_a_sandbox_in_which_nothing_happened_breaks_no_rule() -> None:
    history = Conversation().history()

    assert [check.id for check in CHECKS if check.run(history).findings] == []
