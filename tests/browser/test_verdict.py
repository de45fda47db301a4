"""What the verdict makes of a page that uses the SDKs: only its own doing counts."""

from collections.abc import Callable

import pytest

from tests.browser.shop import NETWORKS, Shop, Stage, control


@pytest.mark.parametrize("network", NETWORKS)
def test_a_page_on_an_sdk_is_told_of_nothing_but_the_confirmation_that_it_owes(
    open_shop: Callable[..., Shop], stage: Stage, network: str
) -> None:
    shop = open_shop(networks=(network,))
    shop.call(network, "isRecognized")
    popup = shop.open_dcf(network, shop.chosen(network))
    popup.check(control("remember"))
    popup.click(control("continue"))
    assert shop.outcome()["dcfActionCode"] == "COMPLETE"
    stage.journal("checkout")

    findings = stage.manage("GET", "/verdict")["findings"]

    assert [(one["id"], one["severity"]) for one in findings] == [
        ("src.confirmation.missing", "WARN")
    ], findings


def test_what_the_consumer_did_in_the_dcf_stands_in_the_journal_as_calls(
    open_shop: Callable[..., Shop], stage: Stage
) -> None:
    shop = open_shop(networks=("visa",))
    shop.open_dcf("visa", shop.chosen("visa")).click(control("continue"))
    answer = shop.outcome()
    [paid] = stage.journal("checkout")

    whole = stage.manage("GET", f"/journal/{paid['place']}/decoded")

    assert paid["srcCorrelationId"] == answer["srcCorrelationId"]
    assert (paid["status"], paid["statements"] > 0) == (200, True)
    assert "checkoutRequestJws" in str(whole)
