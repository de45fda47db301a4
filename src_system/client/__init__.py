"""A client for the two ports: an SRC initiator, and the tester's hand on a sandbox.

```python
async with ControlPort("http://127.0.0.1:8081") as control, control.new_sandbox(seed=42) as sandbox:
    await sandbox.add_consumer("ana@shop.test", cards={"visa": "4111111111111111"})
    shop = sandbox.initiator()
    profiles = await shop.sign_in("ana@shop.test", sandbox.otps.code)
    card = profiles["visa"].cards[0]
    paid = await shop["visa"].checkout(card.src_digital_card_id, amount="49.90")
    await shop["visa"].confirmation()
```

It is a stranger to the server: it knows what the ports say, and shares only the cryptography.
"""

from src_system.client.background import BackgroundLoop, BackgroundTransport
from src_system.client.control_port import ControlPort
from src_system.client.errors import (
    ErrorDetail,
    NotTrusted,
    Refused,
    SrcSystemError,
    TimedOut,
    UnexpectedAnswer,
    Unreachable,
)
from src_system.client.initiator import Initiator, Network, Registration, initiator_at
from src_system.client.members import consent, consumer_identity
from src_system.client.sandbox import Sandbox
from src_system.client.transport import HttpTransport, Reply, Request, Transport

__all__ = [
    "BackgroundLoop",
    "BackgroundTransport",
    "ControlPort",
    "ErrorDetail",
    "HttpTransport",
    "Initiator",
    "Network",
    "NotTrusted",
    "Refused",
    "Registration",
    "Reply",
    "Request",
    "Sandbox",
    "SrcSystemError",
    "TimedOut",
    "Transport",
    "UnexpectedAnswer",
    "Unreachable",
    "consent",
    "consumer_identity",
    "initiator_at",
]
