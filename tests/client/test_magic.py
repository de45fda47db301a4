"""Magic values by the client: the table, what they bring about, and their switch."""

import pytest

from src_system.client import ControlPort, Initiator, Refused, Sandbox
from tests.client.conftest import PANS


async def test_the_table_tells_what_to_send_to_each_network(port: ControlPort) -> None:
    table = await port.magic()

    assert {value.trigger for value in table.magic} >= {"email", "phone", "amount", "pan", "card"}
    assert all(value.values.keys() == PANS.keys() for value in table.magic)
    assert all(value.what and value.operations and value.effect for value in table.magic)
    (locked,) = table.of("ACCT_INACCESSIBLE", trigger="email", operation="identityLookup")
    assert locked.values["visa"] == "anything+acct-inaccessible@shop.test"
    assert table.of("ACCT_INACCESSIBLE", trigger="email", operation="deleteCard") == []
    (later,) = table.of("ACCT_INACCESSIBLE", trigger="email", operation="getSrcProfile")
    assert later.values["amex"] == "anything+profile-inaccessible@shop.test"
    assert len(table.of("ACCT_INACCESSIBLE")) > 2
    assert "CARD_MISSING" in [one.reason for one in table.unreachable]


@pytest.mark.parametrize("network", list(PANS))
async def test_a_value_of_the_table_is_refused_until_it_is_switched_off(
    port: ControlPort, sandbox: Sandbox, shop: Initiator, network: str
) -> None:
    table = await port.magic()
    (value,) = table.of("ACCT_INACCESSIBLE", trigger="email", operation="identityLookup")
    assert await sandbox.has_magic()
    with pytest.raises(Refused, match="ACCT_INACCESSIBLE"):
        await shop[network].identity_lookup(value.values[network])

    await sandbox.set_magic(False)

    assert not await sandbox.has_magic()
    assert not (await shop[network].identity_lookup(value.values[network])).consumer_present
    await sandbox.set_magic(True)
    assert await sandbox.has_magic()


async def test_a_sandbox_is_made_without_magic(port: ControlPort) -> None:
    async with port.new_sandbox(magic=False) as sandbox:
        assert not await sandbox.has_magic()
