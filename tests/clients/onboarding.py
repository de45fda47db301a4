"""An SRC initiator registers its shops in batches (spec 4.15)."""

from typing import Any
from urllib.parse import quote

from .exchange import Answer, Json, call
from .src_client import Initiator


def shop(name: str, **data: str) -> Json:
    """A DPA of a batch."""
    return {
        "srcDpaId": name,
        "dpaData": {"dpaName": f"Shop {name}", "dpaUri": f"https://{name}.test", **data},
        "merchantCategoryCodes": ["5411"],
        "threeDSDefaultdata": {"defaultMerchantCategoryCode": "5411"},
    }


def register(initiator: Initiator, action: str, *shops: Json, **members: Any) -> Answer:
    """Operation registerDpas of one item."""
    item = {"action": action, "programType": "SRC", "dpas": list(shops), **members}
    return _heard(initiator, call("POST", _batches(initiator), {"items": [item]}))


def dpa_batch(initiator: Initiator, batch_id: str) -> Answer:
    """Operation getDpaBatch."""
    return _heard(initiator, call("GET", f"{_batches(initiator)}/status/{quote(batch_id)}"))


def _batches(initiator: Initiator) -> str:
    return f"{initiator.base}/srci/{quote(initiator.sandbox.src_client_id)}/dpas/batch"


def _heard(initiator: Initiator, answer: Answer) -> Answer:
    initiator.heard.append(answer)
    return answer
