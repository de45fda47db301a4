"""Every method of every SDK: its arguments, its answers, its errors, in its network's manner."""

from collections.abc import Callable
from typing import Any

import pytest

from src_system.web.scripts import classic_script
from tests.browser.shop import EMAIL, GLOBALS, NETWORKS, NEW_CARDS, Shop, Stage, control

Open = Callable[..., Shop]
EVERYWHERE = {
    "init",
    "isRecognized",
    "identityLookup",
    "initiateIdentityValidation",
    "completeIdentityValidation",
    "getSrcProfile",
    "enrollCard",
    "checkout",
    "authenticate",
    "unbindAppInstance",
}
ADDRESSES = {"addBillingAddress", "addShippingAddress", "updateAddress", "deleteAddress"}
EMV = EVERYWHERE | ADDRESSES | {"deleteCard", "authenticationMethodsLookup"}
METHODS = {
    "visa": EVERYWHERE,
    "mastercard": EVERYWHERE | {"deleteCard"},
    "amex": EMV,
    "discover": EMV,
}
IDENTITY = {"identityProvider": "SRC", "identityType": "EMAIL_ADDRESS", "identityValue": EMAIL}
ADDRESS = {
    "name": "Ana Lopez",
    "line1": "1 Pier",
    "city": "Seattle",
    "state": "WA",
    "countryCode": "US",
    "zip": "98101",
}


def identity_for(network: str, value: str = EMAIL) -> dict[str, Any]:
    """The argument of identityLookup as the network has it."""
    if network == "visa":
        return {"identityProvider": "SRC", "type": "EMAIL", "identityValue": value}
    return {"consumerIdentity": {**IDENTITY, "identityValue": value}}


def reason_of(network: str, answer: Any) -> str:
    """The reason of a rejection, which at Visa alone is nested."""
    problem = answer["rejected"]
    if network == "visa":
        assert set(problem) == {"error"}
        assert isinstance(problem["error"]["details"], list)
        problem = problem["error"]
    assert "error" not in problem
    assert problem["message"]
    return str(problem["reason"])


@pytest.fixture(params=NETWORKS)
def network(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_each_sdk_has_the_methods_of_its_network_and_no_others(open_shop: Open) -> None:
    shop = open_shop()

    found = {one: set(shop.page.evaluate(f"Object.keys(window.{one})")) for one in NETWORKS}
    neutral = shop.page.evaluate("Object.keys(window.SRC_SIM.visa)")

    assert found == METHODS
    assert set(neutral) == EMV
    assert shop.page.evaluate("window.AmexSS.getInstance() === window.AmexSS.getInstance()")
    assert shop.page.evaluate("typeof window.VISA_SDK.buildClientProfile()") == "object"
    assert (
        shop.page.evaluate("window.VISA_SDK.correlationId")
        == "6f0b5a6e-1c5d-4f0f-9d2a-9a4f5f6f7a8b"
    )
    assert shop.complaints == []


def test_a_whole_look_up_with_the_networks_own_arguments(
    open_shop: Open, stage: Stage, network: str
) -> None:
    shop = open_shop(networks=(network,))

    nobody = shop.call(network, "identityLookup", identity_for(network, "nobody@shop.test"))
    known = shop.call(network, "identityLookup", identity_for(network))
    sent = shop.call(network, "initiateIdentityValidation")
    code = stage.code()
    wrong = shop.call(
        network,
        "completeIdentityValidation",
        "000000" if network == "visa" else {"validationData": "000000"},
    )
    right = shop.call(
        network,
        "completeIdentityValidation",
        code if network == "visa" else {"validationData": code},
    )
    tokens = [right["idToken"]]
    asked: Any = tokens if network == "visa" else {"idTokens": tokens}
    profile = shop.call(network, "getSrcProfile", asked)
    bare = shop.call(network, "getSrcProfile")

    assert (nobody["consumerPresent"], known["consumerPresent"]) == (False, True)
    assert sent["maskedValidationChannel"]
    assert isinstance(sent["maskedValidationChannel"], str)
    assert ("," in sent["maskedValidationChannel"]) is (network == "visa")
    assert len(sent["supportedValidationChannels"]) == 2
    assert reason_of(network, wrong) == "CODE_INVALID"
    for answer in (profile, bare):
        assert answer["srcCorrelationId"] == sent["srcCorrelationId"]
        [card] = answer["profiles"][0]["maskedCards"]
        assert card["digitalCardData"]["status"] == "ACTIVE"
    member = "authorization" if network == "mastercard" else "idToken"
    assert profile["profiles"][0][member].count(".") == 2
    assert shop.complaints == [] or "400" in shop.complaints[0]


def test_one_networks_token_opens_the_profiles_of_all(open_shop: Open) -> None:
    shop = open_shop()
    token = shop.sign_in("mastercard")

    brands = {
        one: shop.call(one, "getSrcProfile", {"idTokens": [token]})["profiles"][0]["maskedCards"][
            0
        ]["paymentCardDescriptor"]
        for one in NETWORKS
    }

    assert set(brands) == set(brands.values()) == set(NETWORKS)


@pytest.mark.parametrize(
    ("left_out", "reason"),
    [
        ("srcInitiatorId", "SRCI_ID_MISSING"),
        ("srciDpaId", "DPA_ID_MISSING"),
        ("srciTransactionId", "SRCI_TXID_MISSING"),
        ("dpaTransactionOptions", "DPA_TXOPT_MISSING"),
    ],
)
def test_init_names_what_it_lacks(open_shop: Open, left_out: str, reason: str) -> None:
    shop = open_shop()
    options = {name: one for name, one in shop.init_options().items() if name != left_out}

    for one in NETWORKS:
        answer = shop.call(one, "init", options)
        if left_out == "dpaTransactionOptions" and one != "mastercard":
            assert answer == {}
        else:
            assert reason_of(one, answer) == reason


def test_nothing_goes_before_init(open_shop: Open) -> None:
    shop = open_shop(networks=("visa",))
    shop.page.evaluate(f"window.fresh = {GLOBALS['visa']}")

    assert reason_of("visa", shop.call("fresh", "isRecognized")) == "INVALID_REQUEST"


def test_each_method_refuses_in_the_networks_shape(open_shop: Open, network: str) -> None:
    shop = open_shop(networks=(network,))
    expected = [
        ("identityLookup", {}, "CONSUMER_ID_MISSING"),
        ("identityLookup", identity_for(network, "no address"), "CONSUMER_ID_FORMAT_INVALID"),
        ("initiateIdentityValidation", None, "INVALID_REQUEST"),
        ("completeIdentityValidation", {}, "VALIDATION_DATA_MISSING"),
        ("completeIdentityValidation", {"validationData": "123456"}, "INVALID_REQUEST"),
        ("getSrcProfile", {"idTokens": ["a.b.c"]}, "AUTH_INVALID"),
        ("enrollCard", {}, "CARD_MISSING"),
        ("enrollCard", {"encryptedCard": "a.b.c.d.e"}, "CARD_INVALID"),
        ("checkout", {}, "CARD_MISSING"),
        ("authenticate", {}, "INVALID_PARAMETER"),
    ]

    found = [
        (method, argument, reason_of(network, shop.call(network, method, argument)))
        for method, argument, _ in expected
    ]

    assert found == expected


def test_the_argument_of_another_network_is_no_identity(open_shop: Open) -> None:
    shop = open_shop(networks=("visa", "mastercard"))

    at_visa = shop.call("visa", "identityLookup", identity_for("mastercard"))
    at_mastercard = shop.call("mastercard", "identityLookup", identity_for("visa"))

    assert reason_of("visa", at_visa) == "CONSUMER_ID_MISSING"
    assert reason_of("mastercard", at_mastercard) == "CONSUMER_ID_MISSING"


def test_a_card_sealed_in_the_browser_is_enrolled(open_shop: Open, network: str) -> None:
    shop = open_shop(networks=(network,))
    token = shop.sign_in(network)

    answer = shop.call(
        network,
        "enrollCard",
        {"encryptedCard": shop.seal(network, NEW_CARDS[network]), "idToken": token},
    )
    refused = shop.call(
        network, "enrollCard", {"encryptedCard": shop.seal(network, "4444333322221111")}
    )

    assert answer["maskedCard"]["panLastFour"] == NEW_CARDS[network][-4:]
    assert reason_of(network, refused) == "CARD_INVALID"
    if network != "visa":
        card_id = answer["maskedCard"]["srcDigitalCardId"]
        gone = shop.call(network, "deleteCard", {"srcDigitalCardId": card_id})
        profile = shop.call(network, "getSrcProfile", {"idTokens": [token]})
        assert gone["srcCorrelationId"]
        assert len(profile["profiles"][0]["maskedCards"]) == 1


@pytest.mark.parametrize("emv", ["amex", "discover"])
def test_addresses_are_kept_changed_and_deleted_in_the_emv_form(open_shop: Open, emv: str) -> None:
    shop = open_shop(networks=(emv,))
    token = shop.sign_in(emv)
    card_id = shop.card_at(emv, token)

    billing = shop.call(
        emv, "addBillingAddress", {"srcDigitalCardId": card_id, "billingAddress": ADDRESS}
    )
    kept = shop.call(emv, "addShippingAddress", {"shippingAddress": ADDRESS, "idToken": token})
    changed = shop.call(
        emv,
        "updateAddress",
        {"addressId": kept["addressId"], "address": {**ADDRESS, "zip": "98102"}},
    )
    gone = shop.call(emv, "deleteAddress", {"addressId": kept["addressId"]})
    methods = shop.call(
        emv, "authenticationMethodsLookup", {"accountReference": {"srcDigitalCardId": card_id}}
    )

    assert "rejected" not in billing
    assert changed["maskedShippingAddress"]["addressId"] == kept["addressId"]
    assert gone["srcCorrelationId"]
    assert {one["authenticationMethodType"] for one in methods["authenticationMethods"]} >= {"3DS"}


@pytest.mark.parametrize("emv", ["amex", "discover"])
@pytest.mark.parametrize("wrong", [{"zip": "no code"}, {"countryCode": "XX"}, {"line1": None}])
def test_a_billing_address_that_will_not_do_is_called_so(
    open_shop: Open, emv: str, wrong: dict[str, Any]
) -> None:
    shop = open_shop(networks=(emv,))
    card_id = shop.card_at(emv, shop.sign_in(emv))

    answer = shop.call(
        emv,
        "addBillingAddress",
        {"srcDigitalCardId": card_id, "billingAddress": {**ADDRESS, **wrong}},
    )

    assert reason_of(emv, answer) == "ADDRESS_INVALID"
    assert answer["rejected"]["errorDetail"][0]["source"] == f"billingAddress.{next(iter(wrong))}"


def test_a_fault_at_one_network_leaves_the_others_alone(open_shop: Open, stage: Stage) -> None:
    stage.fault("identityLookup", "mastercard", {"error": {"reason": "ACCT_INACCESSIBLE"}})
    stage.fault("identityLookup", "discover", {"http": {"status": 503}})
    stage.fault("identityLookup", "amex", {"transport": "reset"})
    shop = open_shop()

    answers = {one: shop.call(one, "identityLookup", identity_for(one)) for one in NETWORKS}

    assert answers["visa"]["consumerPresent"] is True
    assert reason_of("mastercard", answers["mastercard"]) == "ACCT_INACCESSIBLE"
    assert reason_of("discover", answers["discover"]) == "SERVICE_ERROR"
    assert reason_of("amex", answers["amex"]) == "SERVICE_ERROR"


def test_init_fails_where_the_network_publishes_no_keys(open_shop: Open, stage: Stage) -> None:
    shop = open_shop(networks=("visa", "mastercard"))
    stage.fault("keys", "mastercard", {"error": {"reason": "SERVICE_ERROR"}})

    assert shop.call("visa", "init", shop.init_options()) == {}
    assert reason_of("mastercard", shop.call("mastercard", "init", shop.init_options())) == (
        "SERVICE_ERROR"
    )


def test_a_slow_network_answers_after_the_quick_ones(open_shop: Open, stage: Stage) -> None:
    stage.fault("identityLookup", "visa", {"latency": {"fixed": "PT1S"}})
    shop = open_shop()

    order = shop.page.evaluate(
        "async (identities) => { const order = [];"
        " await Promise.all(Object.entries(identities).map(([name, identity]) =>"
        " window[name].identityLookup(identity).then(() => order.push(name)))); return order; }",
        {one: identity_for(one) for one in NETWORKS},
    )

    assert order[-1] == "visa"


def test_consumers_in_the_dcf_hear_of_a_refusal_and_the_shop_hears_its_reason(
    open_shop: Open, stage: Stage
) -> None:
    shop = open_shop(networks=("visa",))
    options = shop.chosen("visa")
    stage.fault("checkout", "visa", {"error": {"reason": "RISK_DECISION"}})

    popup = shop.open_dcf("visa", options)
    popup.click(control("continue"))
    told = popup.inner_text(control("problem"))
    popup.click(control("close"))

    assert told == "Choose another card"
    assert reason_of("visa", shop.outcome()) == "RISK_DECISION"


def test_the_sdks_work_from_one_shared_host_and_without_a_network_in_the_path(
    open_shop: Open, stage: Stage
) -> None:
    root = stage.base("visa", "localhost").removesuffix("/visa")
    scripts = (
        f"{root}/checkout-widget/resources/js/src-i-adapter/visaSdk.js?v2",
        f"{root}/sdk/srcsdk.mastercard.js",
    )
    shop = open_shop(networks=("visa", "mastercard"), scripts=scripts, shop_host="127.0.0.1")

    for one in ("visa", "mastercard"):
        assert shop.call(one, "identityLookup", identity_for(one))["consumerPresent"] is True
    assert shop.complaints == []


def test_a_checkout_that_cannot_begin_closes_its_popup_and_says_why(
    open_shop: Open, stage: Stage
) -> None:
    shop = open_shop(networks=("amex",))
    options = shop.chosen("amex")
    stage.fault("prepareCheckout", "amex", {"http": {"status": 503}})

    with shop.page.expect_popup() as opening:
        shop.click_and_call("amex", "checkout", options)
    answer = shop.outcome()

    assert reason_of("amex", answer) == "SERVICE_ERROR"
    if not opening.value.is_closed():
        opening.value.wait_for_event("close")


def test_an_empty_id_token_can_be_asked_for_and_the_session_goes_on(open_shop: Open) -> None:
    shop = open_shop(networks=("visa",), query="?quirks=empty-id-token")

    token = shop.sign_in("visa")
    profile = shop.call("visa", "getSrcProfile", {"idTokens": [token]})

    assert token == ""
    assert len(profile["profiles"][0]["maskedCards"]) == 1


def test_a_script_that_was_copied_into_a_page_is_told_where_the_network_is(
    open_shop: Open, stage: Stage
) -> None:
    shop = open_shop(networks=(), scripts=())
    shop.page.evaluate(
        "(base) => { window.SRC_SYSTEM_BASE = {discover: base}; }", stage.base("discover")
    )
    shop.page.add_script_tag(content=classic_script("discover").body.decode())

    shop.begin(("discover",))

    looked_up = shop.call("discover", "identityLookup", identity_for("discover"))
    assert looked_up["consumerPresent"] is True
