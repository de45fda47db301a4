"""A shopper whom one network knows: a card on file, and her identity just validated."""

from typing import Any

from .shopper import by_email, card, fixture_consumer, options
from .src_client import Initiator, OpenedCheckout, Sandbox, Server


def native_address(sandbox: Sandbox, network: str, mount: str) -> str:
    """The one of a network's own base addresses that ends so."""
    [found] = [one for one in sandbox.urls[network]["native"] if one.endswith(f"/{mount}")]
    return str(found)


class ReturningShopper:
    """Anabel at one network, one card on file, her identity just validated."""

    def __init__(
        self,
        server: Server,
        network: str,
        pan: str | None = None,
        *,
        mount: str | None = None,
        **settings: Any,
    ) -> None:
        """mount: the end of another base address of the network; settings: of the sandbox."""
        self.sandbox = Sandbox.create(server.control, **settings)
        consumer = fixture_consumer(network)
        consumer["cards"][0].update(card(network, pan))
        self.sandbox.fixtures(consumer)
        base = mount and native_address(self.sandbox, network, mount)
        self.initiator = Initiator(self.sandbox, network, base=base)
        signed_in = self.initiator.validate(by_email())
        self.profile, self.token = self.initiator.profile_of(signed_in["idToken"])
        self.src_digital_card_id: str = self.profile["maskedCards"][0]["srcDigitalCardId"]

    def pay(
        self, dynamic_data_type: str | None = None, scope: str = "FULL", **changes: object
    ) -> OpenedCheckout:
        """One checkout of the card on file, verified and opened; changes.

        Members of the options.
        """
        answer = self.initiator.checkout(
            self.token,
            srcDigitalCardId=self.src_digital_card_id,
            payloadTypeIndicatorCheckout=scope,
            payloadTypeIndicatorPayload="FULL",
            dpaTransactionOptions=options(self.initiator.network, dynamic_data_type, **changes),
        ).expect(200)
        return self.initiator.open_checkout(answer)
