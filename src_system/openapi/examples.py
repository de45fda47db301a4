"""Calls and answers of a real run, by operation: a test records them and holds them up to date."""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

Json = dict[str, Any]


@cache
def recorded(port: str) -> Mapping[str, Json]:
    """What was recorded on *port*, `protocol` or `control`: {"request", "query", "answer"}."""
    text = files(__package__).joinpath("recorded", f"{port}.json").read_text(encoding="utf-8")
    calls: dict[str, Json] = json.loads(text)
    return calls


def add_examples(document: Json, examples: Mapping[str, Json]) -> None:
    """Put the examples beside the schemas of bodies and answers."""
    for item in document["paths"].values():
        for operation in item.values():
            # Beside its operations a path may have servers of its own, which are a list.
            if isinstance(operation, dict) and operation["operationId"] in examples:
                _add(operation, examples[operation["operationId"]])


def _add(operation: Json, example: Json) -> None:
    if "request" in example and "requestBody" in operation:
        _only_content(operation["requestBody"])["example"] = example["request"]
    success = next(iter(operation["responses"].values()))
    if "answer" in example and "content" in success:
        _only_content(success)["example"] = example["answer"]


def _only_content(holder: Json) -> Json:
    content: Json = next(iter(holder["content"].values()))
    return content
