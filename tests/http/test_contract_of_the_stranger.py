"""The client that shares no code with the server has heard of every operation the server has."""

from src_system.http.operations import OPERATIONS
from tests.clients import contract

KEYS = {"keys": "GET keys"}  # no operation of a client: anybody reads them


def test_the_strangers_list_of_operations_is_the_servers() -> None:
    served = {one.name: f"{one.method} {one.resource}" for one in OPERATIONS}

    assert served | KEYS == contract.OPERATIONS
