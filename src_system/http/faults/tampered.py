"""The seals of a call whose artefacts are to be tampered with, with all that they need."""

from collections.abc import Sequence

from src_system.issuance import issue_last_again
from src_system.model.fault_effects import Artefact, TamperEffect, Tampering
from src_system.networks import PROFILES
from src_system.payloads.tampering import TamperingSeals
from src_system.system import System


async def tampering_seals(
    system: System, src_client_id: str | None, effects: Sequence[TamperEffect]
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
        previous=await _previous(system, src_client_id, effects),
    )


async def _previous(
    system: System, src_client_id: str | None, effects: Sequence[TamperEffect]
) -> dict[Artefact, str]:
    """The artefacts of the client's checkout before this one, where one is to be swapped."""
    wanted = [one for one in effects if one.how is Tampering.SWAP_WITH_PREVIOUS]
    if not wanted or src_client_id is None:
        return {}
    earlier = await issue_last_again(system, await system.client(src_client_id))
    if earlier is None:
        return {}
    previous = {Artefact.CHECKOUT_RESPONSE: earlier.checkout_response}
    if earlier.encrypted_payload is not None:
        previous[Artefact.PAYLOAD] = earlier.encrypted_payload
    return previous
