"""checkout in a popup and in a frame, with a card on file and with a new one."""

from collections.abc import Callable

import pytest

from tests.browser.shop import NETWORKS, Shop, control

OPTIONS = {"transactionAmount": {"transactionAmount": "49.90", "transactionCurrencyCode": "USD"}}


def chosen(shop: Shop, network: str) -> dict[str, object]:
    """A checkout of Ana's card there."""
    token = shop.sign_in(network)
    return {
        "srcDigitalCardId": shop.card_at(network, token),
        "dpaTransactionOptions": {"dpaLocale": "en_US", **OPTIONS},
    }


@pytest.mark.parametrize("network", NETWORKS)
def test_a_card_on_file_is_paid_with_in_a_popup(
    open_shop: Callable[..., Shop], network: str
) -> None:
    shop = open_shop(networks=(network,))
    options = chosen(shop, network)

    with shop.page.expect_popup() as opening:
        shop.click_and_call(network, "checkout", options)
    popup = opening.value
    assert popup.locator(control("total")).inner_text() == "USD 49.90"
    popup.click(control("continue"))
    answer = shop.outcome()

    assert answer["dcfActionCode"] == "COMPLETE"
    assert answer["unbindAppInstance"] is False
    assert shop.complaints == []
