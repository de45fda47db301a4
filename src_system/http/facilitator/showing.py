"""What a DCF's page shows of a visit: texts in the consumer's language, her card, the amount."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from babel.numbers import format_currency

from src_system.model.dcf_visit import DcfStep, DcfVisit
from src_system.networks.locales import country_of
from src_system.networks.markets import MARKETS
from src_system.operations.get_consumer_profile import GetConsumerProfileResult
from src_system.payloads.masked import masked_consumer, masked_shipping_address
from src_system.system import System
from src_system.web.languages import (
    Speech,
    babel_locale,
    by_name,
    island,
    language_of,
    left_to_right,
)

Json = dict[str, Any]

_TITLES = {
    DcfStep.ADDRESS: "titleAddress",
    DcfStep.SECURITY_CODE: "titleSecurityCode",
    DcfStep.CODE: "titleCode",
    DcfStep.CHALLENGE: "titleChallenge",
    DcfStep.PASSKEY: "titlePasskey",
    DcfStep.PROBLEM: "titleProblem",
    DcfStep.DONE: "titleDone",
}
# Names of the steps in messages to the SDK (docs/browser.md).
STEP_NAMES = {
    DcfStep.REVIEW: "review",
    DcfStep.ADDRESS: "address",
    DcfStep.SECURITY_CODE: "cvv",
    DcfStep.CODE: "otp",
    DcfStep.CHALLENGE: "3ds",
    DcfStep.PASSKEY: "passkey",
    DcfStep.PROBLEM: "problem",
    DcfStep.DONE: "success",
}
# The texts beside the fields of an address.
_LABELS = {
    "name": "fullName",
    "line1": "line1",
    "line2": "line2",
    "city": "city",
    "state": "state",
    "zip": "zip",
    "countryCode": "country",
}
# What a consumer is told of a refusal: the first of these among its reason and details.
_PROBLEMS = {
    "RETRIES_EXCEEDED": "tooMany",
    "ACCT_INACCESSIBLE": "locked",
    "ACCT_FRAUD": "locked",
    "FRAUD": "locked",
    "AUTH_INVALID": "signInAgain",
    "IDENTITY_VALIDATION_REQUIRED": "signInAgain",
    "INVALID_STATE": "goneText",
    "RESOURCE_EXHAUSTED": "wait",
    "RATE_LIMIT_EXCEEDED": "wait",
    "INTERNAL": "notAvailable",
    "UNAVAILABLE": "notAvailable",
    "DEADLINE_EXCEEDED": "notAvailable",
    "SERVER_ERROR": "notAvailable",
    "SERVICE_ERROR": "notAvailable",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A visit with what is known of its consumer by now."""

    system: System
    visit: DcfVisit
    signed: Mapping[str, Any]
    profile: GetConsumerProfileResult | None
    base: str

    @property
    def options(self) -> Json:
        """dpaTransactionOptions as agreed on."""
        options: Json = self.signed.get("dpaTransactionOptions") or {}
        return options

    @property
    def locale(self) -> str:
        """dpaLocale, else the language of the consumer, else the page's own."""
        spoken = self.options.get("dpaLocale") or self.visit.request.get("locale")
        if not spoken and self.profile is not None:
            spoken = self.profile.consumer.locale
        return str(spoken or "en_US")

    @property
    def wants_shipping(self) -> bool:
        """Whether the merchant asked for an address to deliver to."""
        return self.options.get("dpaShippingPreference", "NONE") not in ("NONE", None)

    @property
    def wants_address(self) -> bool:
        """Whether there is none yet that could be chosen."""
        return self.wants_shipping and self.profile is not None and not self._addresses()

    def _addresses(self) -> list[Any]:
        accepted = self.options.get("dpaAcceptedShippingCountries") or ()
        kept = () if self.profile is None else self.profile.shipping_addresses
        return [one for one in kept if not accepted or one.address.country_code in accepted]

    def content(self) -> Json:
        """Everything that the template `dcf/page.html` names."""
        visit, progress = self.visit, self.visit.progress
        speech = Speech(language_of(self.locale), "dcf")
        step = DcfStep.DONE if visit.result is not None else progress.step
        return {
            "speech": speech,
            "island": island,
            "labels": {name: speech(key) for name, key in _LABELS.items()},
            "network": self.system.profile.display_name,
            "visit_network": self.system.profile.name,
            "base": self.base,
            "result": None if visit.result is None else json.dumps(visit.result),
            "visit": visit,
            "progress": progress,
            "step": step,
            "step_name": STEP_NAMES[step],
            "title": speech(_TITLES.get(step) or self._review_title()),
            "shop": self._shop(),
            "amount": self._amount(speech.language),
            "confirms": self.options.get("confirmPayment") is not False,
            "card": self._card(),
            "person": self._person(),
            "addresses": self._address_choices(),
            "asks_consent": self._asks_consent() and not progress.consented,
            "remember": self._remember(),
            "country": country_of(self.locale),
            "countries": self._countries(speech.language),
            "digits": progress.proof.get("digits") or self._digits(),
            "channel": left_to_right(_dots(progress.proof.get("channel", ""))),
            "problem": speech(self._problem()),
        }

    def _review_title(self) -> str:
        if not self.visit.is_checkout:
            return "titleVerify"
        if "maskedCard" not in self.signed:
            return "titleNewCard"
        return "titleReview" if self.options.get("confirmPayment") is not False else "titleReturn"

    def _shop(self) -> str:
        data = self.signed.get("dpaData") or {}
        return str(data.get("dpaPresentationName") or data.get("dpaName") or "")

    def _amount(self, language: str) -> Any:
        told = self.options.get("transactionAmount")
        if not isinstance(told, dict):
            return None
        amount = format_currency(
            Decimal(str(told["transactionAmount"])),
            told["transactionCurrencyCode"],
            "¤¤ #,##0.00",
            locale=babel_locale(language),
            currency_digits=True,
        )
        return left_to_right(amount)

    def _card(self) -> Json | None:
        card = self.signed.get("maskedCard")
        if card is None:
            return None
        month, year = card["panExpirationMonth"], card["panExpirationYear"]
        return {
            "name": self.system.profile.display_name,
            "digits": left_to_right(card["panLastFour"]),
            "expires": left_to_right(f"{month}/{year}"),
        }

    def _person(self) -> Any:
        """How she is known here, masked."""
        told = self.signed.get("maskedConsumer")
        if self.profile is not None:
            now = self.system.now()
            told = dict(masked_consumer(self.system.profile, self.profile.consumer, now=now))
        if told is None:
            return None
        phone = told.get("maskedMobileNumber") or {}
        shown = told.get("maskedEmailAddress") or phone.get("phoneNumber")
        return left_to_right(_dots(str(shown))) if shown else None

    def _address_choices(self) -> list[Json]:
        if not self.wants_shipping:
            return []
        found = self._addresses()
        chosen = self.visit.progress.shipping_address_id
        if found and chosen not in {one.address_id for one in found}:
            chosen = found[0].address_id
        choices = []
        for one in found:
            masked = masked_shipping_address(self.system.profile, one)
            parts = [masked.get(name) for name in ("line1", "city", "state", "zip", "countryCode")]
            choices.append(
                {
                    "id": one.address_id,
                    "text": _dots(", ".join(str(part) for part in parts if part)),
                    "chosen": one.address_id == chosen,
                }
            )
        return choices

    def _asks_consent(self) -> bool:
        """A new profile needs it, unless the SRC initiator has asked already."""
        if not self.visit.is_checkout or self.profile is not None or "maskedCard" in self.signed:
            return False
        brought = (self.signed.get("complianceSettings") or {}).get("complianceResources") or []
        types = {one.get("complianceType") for one in brought}
        return not {"TERMS_AND_CONDITIONS", "PRIVACY_POLICY"} <= types

    def _remember(self) -> bool:
        """Whether the box is ticked: as it was, as was asked for, as the market has it."""
        progress = self.visit.progress
        if progress.remember is not None:
            return progress.remember
        brought = (self.signed.get("complianceSettings") or {}).get("complianceResources") or []
        if any(one.get("complianceType") == "REMEMBER_ME" for one in brought):
            return True
        country = self.options.get("merchantCountryCode") or country_of(self.locale)
        market = MARKETS.get(str(country))
        return market is not None and market.remember_me_ticked

    def _countries(self, language: str) -> list[tuple[str, str]]:
        codes = self.options.get("dpaAcceptedShippingCountries") or tuple(MARKETS)
        return by_name(language, codes)

    def _digits(self) -> str:
        return str(self.system.profile.card_security_code_digits)

    def _problem(self) -> str:
        problem = self.visit.progress.problem or {}
        for reason in (problem.get("reason"), *problem.get("details", ())):
            if reason in _PROBLEMS:
                return _PROBLEMS[str(reason)]
        return "chooseOther"


def _dots(masked: str) -> str:
    """Masks as they are drawn: bullets for stars."""
    return masked.replace("*", "•").replace(",", ", ").replace(",  ", ", ")
