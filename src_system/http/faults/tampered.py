"""The seals of a call whose artefacts are to be tampered with, with all that they need."""

from collections.abc import Sequence

from src_system.issuance import issue_last_again
from src_system.model.fault import RequestFacts
from src_system.model.fault_effects import Artefact, TamperEffect, Tampering
from src_system.model.participant import Client
from src_system.networks import PROFILES
from src_system.payloads.tampering import TamperingSeals
from src_system.store import checkouts
from src_system.system import System


async def tampering_seals(
    system: System, facts: RequestFacts, effects: Sequence[TamperEffect]
) -> TamperingSeals:
    """Seals that tamper as *effects* say. The decoy's keys are those of the next network."""
    names = list(PROFILES)
    decoy = names[(names.index(system.key.network) + 1) % len(names)]
    return TamperingSeals(
        effects={effect.artefact: effect for effect in effects},
        profile=system.profile,
        keyring=system.keyring,
        decoys=system.installation.keyrings[decoy],
        now=system.now(),
        unknown_recipient_kid=system.derivation.uuid("unknown_recipient_kid"),
        previous=await _previous(system, facts, effects),
    )


async def _previous(
    system: System, facts: RequestFacts, effects: Sequence[TamperEffect]
) -> dict[Artefact, str]:
    """The artefacts of the client's checkout before this one, where one is to be swapped."""
    wanted = [one for one in effects if one.how is Tampering.SWAP_WITH_PREVIOUS]
    if not wanted or facts.src_client_id is None:
        return {}
    client = await system.client(facts.src_client_id)
    before = await _present(system, client, facts)
    earlier = await issue_last_again(system, client, before=before)
    if earlier is None:
        return {}
    previous = {Artefact.CHECKOUT_RESPONSE: earlier.checkout_response}
    if earlier.encrypted_payload is not None:
        previous[Artefact.PAYLOAD] = earlier.encrypted_payload
    return previous


async def _present(system: System, client: Client, facts: RequestFacts) -> str:
    """The id of the checkout whose payload the call fetches; empty where it fetches none.

    A checkout that is called again with less said fetches a payload, as at Mastercard; one that
    says all of it anew gets an answer of its own, before which there may be another.
    """
    named = {**facts.body, **facts.query}
    correlation_id, transaction_id, card_id = (
        value if isinstance(value := named.get(name), str) and "\x00" not in value else None
        for name in ("srcCorrelationId", "srciTransactionId", "srcDigitalCardId")
    )
    if correlation_id is None or "dpaTransactionOptions" in named:
        return ""
    async with system.database.connection(system.count) as tx:
        kept = await checkouts.find_checkout(
            tx,
            system.key,
            correlation_id,
            src_client_id=client.src_client_id,
            srci_transaction_id=transaction_id,
            src_digital_card_id=card_id,
        )
    return "" if kept is None else kept.checkout_id
