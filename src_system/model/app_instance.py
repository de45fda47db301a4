"""A remembered device or browser: the binding between an app instance and a consumer."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class AppInstance:
    """A binding made with the REMEMBER_ME consent (spec 4.8); `jti` is its recognition token.

    `bound_at` is when the person was validated for it: the auth_time of what it leads to.
    """

    app_instance_id: str
    src_consumer_id: str
    src_client_id: str
    jti: str
    bound_at: datetime
    expires_at: datetime
    revoked_at: datetime | None

    def is_bound(self, now: datetime) -> bool:
        """Whether the binding holds at *now*."""
        return self.revoked_at is None and now < self.expires_at
