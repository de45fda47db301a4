"""Who the shopper is, at one network: found, validated, recognised, forgotten; the profile."""

from collections.abc import Mapping
from typing import Any

from src_system.client.errors import NotTrusted
from src_system.client.members import consent, consumer_identity
from src_system.client.network_calls import NetworkCalls
from src_system.client.published_keys import Verified
from src_system.client.src_answers import (
    CompletedValidation,
    Lookup,
    Profiles,
    Recognition,
    StartedValidation,
    Unbound,
    read_answer,
)
from src_system.client.trust import check_ends

Members = Mapping[str, Any]


class IdentityOperations(NetworkCalls):
    """An identity is an e-mail address, a phone number, or a consumerIdentity.

    *members* are further ones of the request, as written on the wire.
    """

    async def identity_lookup(self, identity: str | Members, **members: Any) -> Lookup:
        """Operation identityLookup."""
        sent = {"consumerIdentity": consumer_identity(identity), **members}
        return read_answer(await self.post("identities/lookup", sent), Lookup, 200)

    async def initiate_identity_validation(
        self, identity: str | Members, *, channel: str | None = None, **members: Any
    ) -> StartedValidation:
        """initiateIdentityValidation: a one-time code is sent; called again, another one.

        *channel* is one of `supported_validation_channels`.
        """
        sent = {
            "consumerIdentity": consumer_identity(identity),
            "requestedValidationChannelId": channel,
            **members,
        }
        reply = await self.post("identities/validation/initiate", sent)
        return read_answer(reply, StartedValidation, 200)

    async def complete_identity_validation(
        self,
        id_validation_session_id: str,
        code: str,
        *,
        remember_me: bool = False,
        **members: Any,
    ) -> CompletedValidation:
        """completeIdentityValidation; the session keeps its tokens.

        With *remember_me* the answer brings a recognition token.
        """
        sent = {
            "idValidationSessionId": id_validation_session_id,
            "validationData": code,
            "complianceSettings": consent(remember_me=True, terms=False) if remember_me else None,
            **members,
        }
        reply = await self.post("identities/validation/complete", sent)
        answer = read_answer(reply, CompletedValidation, 200)
        self.keep_tokens(answer.id_token, answer.recognition_token)
        return answer

    async def is_recognized(self, *recognition_tokens: str, **members: Any) -> Recognition:
        """isRecognized, by these tokens or by the session's own; it keeps the idTokens."""
        own = self.session.recognition_tokens.get(self.network)
        tokens = list(recognition_tokens) or ([own] if own else None)
        sent = {"recognitionTokens": tokens, **members}
        answer = read_answer(await self.post("identities/recognize", sent), Recognition, 200)
        if answer.id_tokens:
            self.keep_tokens(answer.id_tokens[0], None)
        return answer

    async def get_src_profile(self, *id_tokens: str, **members: Any) -> Profiles:
        """getSrcProfile, by these idTokens or by all of the session's.

        The session keeps the token that a single profile comes with; a checkout goes on with it.
        """
        tokens = list(id_tokens) or list(self.session.id_tokens.values()) or None
        reply = await self.post("profiles/prepare", {"idTokens": tokens, **members})
        answer = read_answer(reply, Profiles, 200)
        if len(answer.profiles) == 1 and answer.profiles[0].id_token is not None:
            self.keep_tokens(answer.profiles[0].id_token, None)
        return answer

    async def unbind_app_instance(self, *recognition_tokens: str, **members: Any) -> Unbound:
        """unbindAppInstance by these tokens or by the session's own, which it forgets."""
        own = self.session.recognition_tokens.get(self.network)
        tokens = list(recognition_tokens) or ([own] if own else None)
        id_token = self.session.id_tokens.get(self.network)
        sent = {"recognitionTokens": tokens, "idToken": id_token, **members}
        answer = read_answer(await self.post("apps/unbind", sent), Unbound, 200)
        self.session.recognition_tokens.pop(self.network, None)
        self.session.id_tokens.pop(self.network, None)
        return answer

    async def verify_id_token(self, token: str, *, issuer: str | None = None) -> Verified:
        """An idToken that this network issued: NotTrusted unless signed by it and good now.

        It must be meant for this client, end some day, and come from *issuer* where that is given.
        """
        verified = await self.keys.verify(token)
        check_ends(verified.claims, "The idToken")
        if issuer is not None and verified.claims.get("iss") != issuer:
            raise NotTrusted(
                f"The idToken is issued by {verified.claims.get('iss')!r}, not by {issuer!r}."
            )
        audience = verified.claims.get("aud")
        if self.registration.src_client_id not in (
            audience if isinstance(audience, list) else [audience]
        ):
            raise NotTrusted("The idToken is not meant for this client (aud).")
        return verified

    async def verify_recognition_token(self, token: str) -> Verified:
        """A recognition token that this network issued for itself: NotTrusted unless it is good."""
        verified = await self.keys.verify(token)
        check_ends(verified.claims, "The recognitionToken")
        if verified.claims.get("iss") not in (verified.claims.get("aud") or ()):
            raise NotTrusted("The recognitionToken is meant for another SRC System (aud).")
        return verified

    def keep_tokens(self, id_token: str | None, recognition_token: str | None) -> None:
        """Carry these on to the session's other calls."""
        if id_token is not None:
            self.session.id_tokens[self.network] = id_token
        if recognition_token is not None:
            self.session.recognition_tokens[self.network] = recognition_token
