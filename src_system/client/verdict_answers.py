"""What the control port makes of the clients' calls, typed."""

from src_system.client.answers import Struct


class Check(Struct, frozen=True, kw_only=True):
    """A check, whether or not it finds anything; `severity` is FAIL, WARN or INFO."""

    id: str
    severity: str
    title: str
    rule: str
    mend: str


class Evidence(Struct, frozen=True, kw_only=True):
    """A call, by its place in the journal."""

    place: int
    operation: str
    network: str
    src_correlation_id: str | None = None


class AppliedWaiver(Struct, frozen=True, kw_only=True):
    """Why a finding does not count, and until when."""

    reason: str
    until: str


class Finding(Check, frozen=True, kw_only=True):
    """What a check found: what was seen, where, what it rests on, how to mend it."""

    message: str
    evidence: list[Evidence] = []
    more_evidence: int = 0
    waived_evidence: int = 0
    waived: AppliedWaiver | None = None

    @property
    def networks(self) -> list[str]:
        """The networks of its evidence."""
        return list(dict.fromkeys(one.network for one in self.evidence))


class WaiverUse(Struct, frozen=True, kw_only=True):
    """What became of a waiver, and how many findings it covers."""

    id: str
    reason: str
    until: str
    state: str
    findings: int = 0


class ChecksRun(Struct, frozen=True, kw_only=True):
    """How many checks there are, and at how many things each looked."""

    total: int
    looked_at: dict[str, int] = {}
    more_findings: dict[str, int] = {}


class JournalReach(Struct, frozen=True, kw_only=True):
    """How many calls were looked at, and how many the journal had given up."""

    entries: int
    dropped: int = 0


class Verdict(Struct, frozen=True, kw_only=True):
    """PASSED, WARNING or FAILED, and why."""

    verdict: str
    findings: list[Finding] = []
    waivers: list[WaiverUse] = []
    checks: ChecksRun
    journal: JournalReach

    def of(self, check_id: str) -> list[Finding]:
        """The findings of one check."""
        return [one for one in self.findings if one.id == check_id]
