"""Card update notifications of a sandbox: what was delivered to whom, and sending one again."""

from src_system.client.answers import Notification, Notifications
from src_system.client.endpoint import Endpoint


class NotificationLog:
    """The notifications, oldest first."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    async def page(
        self,
        *,
        state: str | None = None,
        client: str | None = None,
        network: str | None = None,
        after: str | None = None,
        wait: float | None = None,
    ) -> Notifications:
        """Those after the cursor *after*, waiting up to *wait* seconds for one.

        *state* is PENDING, DELIVERED or GIVEN_UP; *client* the receiver's srcClientId.
        """
        query = {
            "state": state,
            "client": client,
            "network": network,
            "after": after or None,
            "wait": wait,
        }
        return await self._endpoint.get(Notifications, query=query)

    async def list(self, *, state: str | None = None) -> list[Notification]:
        """All of them."""
        found: list[Notification] = []
        after = None
        while True:
            page = await self.page(state=state, after=after)
            if not page.notifications:
                return found
            found += page.notifications
            after = page.cursor

    async def replay(self, notification_id: str) -> Notification:
        """Send one again, delivered or given up as it may be."""
        return await self._endpoint.at(notification_id, "replay").post(Notification)
