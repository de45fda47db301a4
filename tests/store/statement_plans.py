"""Whose rows a statement reads and writes, told by PostgreSQL's own plan of it.

Text can name a sandbox and still read another one's rows: in a join, behind an OR, in a subselect.
The plan cannot: it has a node for every table that is looked into, with what must hold there.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import asyncpg  # type: ignore[import-untyped, unused-ignore]

Node = dict[str, Any]

_CONDITIONS = (
    "Index Cond",
    "Recheck Cond",
    "Filter",
    "Hash Cond",
    "Merge Cond",
    "Join Filter",
    "TID Cond",
)
_SIDE = re.compile(r"(?:\w+|\"[^\"]+\")\.sandbox_id|\$\d+|\(InitPlan \d+\)\.col1")
_PARAMETER = re.compile(r"\$\d+")
_TIDS = re.compile(r"(\w+)\.ctid = ANY \((\(InitPlan \d+\)\.col1)\)")
_ROW = re.compile(r"(\w+)\.(?:sandbox_id|ctid)")


async def plan_of(connection: asyncpg.Connection, sql: str) -> Node:
    """The plan of *sql* for parameters that are not known yet."""
    prepared = await connection.prepare(sql)
    nulls = ", ".join("NULL" for _ in prepared.get_parameters())
    async with connection.transaction():
        await connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        await connection.execute(f"PREPARE planned AS {sql}")
        arguments = f"({nulls})" if nulls else ""
        text = await connection.fetchval(
            f"EXPLAIN (VERBOSE, COSTS OFF, FORMAT JSON) EXECUTE planned{arguments}"
        )
        await connection.execute("DEALLOCATE planned")
    plan: Node = json.loads(text)[0]["Plan"]
    return plan


@dataclass
class Sandboxes:
    """Which `alias.sandbox_id` and parameters are known to be equal."""

    parents: dict[str, str] = field(default_factory=dict)

    def one_of(self, side: str) -> str:
        """Who speaks for all that equal *side*."""
        while (parent := self.parents.setdefault(side, side)) != side:
            side = parent
        return side

    def equate(self, one: str, other: str) -> None:
        """Note that both are equal."""
        self.parents[self.one_of(one)] = self.one_of(other)


def strangers(plan: Node, tables: set[str], *, of_all_sandboxes: bool = False) -> list[str]:
    """Tables of *tables* that the plan looks into for rows of another sandbox than the first.

    All must be held to one and the same parameter, or to what each row of a JSON parameter names; a
    statement *of_all_sandboxes* only has to keep the rows of each sandbox together. Rows that are
    inserted must be that parameter's too, or another's when they are a copy.
    """
    known = Sandboxes()
    nodes = list(_nodes(plan))
    for node in nodes:
        for name in _CONDITIONS:
            for condition in _all_of(node.get(name, "")):
                _read(condition, known)
        _follow(node, nodes, known)
    scans = [
        node
        for node in nodes
        if node.get("Relation Name") in tables and node["Node Type"] != "ModifyTable"
    ]
    found = [f"{node['Relation Name']} AS {node['Alias']}" for node in scans]
    owners = [known.one_of(_of(node)) for node in scans]
    parameters = {known.one_of(side) for side in _given(nodes, known)}
    if not of_all_sandboxes:
        bound = [owner for owner in owners if owner in parameters]
        owners = ["nobody's" if owner not in parameters else owner for owner in owners]
        first = bound[0] if bound else "a parameter's"
    else:
        first = owners[0] if owners else ""
    wrong = [name for name, owner in zip(found, owners, strict=True) if owner != first]
    return wrong + [
        f"INSERT INTO {node['Relation Name']}"
        for node in nodes
        if node.get("Operation") == "Insert" and node["Relation Name"] in tables
        for side in _inserted_sandboxes(node)
        if _PARAMETER.fullmatch(side) is None and known.one_of(side) not in parameters
        if not (of_all_sandboxes and known.one_of(side) == first)
    ]


def tables_of(plan: Node) -> set[str]:
    """Every table that the plan reads or writes."""
    return {node["Relation Name"] for node in _nodes(plan) if "Relation Name" in node}


def _nodes(node: Node) -> Iterator[Node]:
    yield node
    for child in node.get("Plans", ()):
        yield from _nodes(child)


def _all_of(condition: str) -> list[str]:
    """The parts of a conjunction; a part that is no equality of its own says nothing certain."""
    inner = condition.strip()
    while inner.startswith("(") and _closes(inner) == len(inner) - 1:
        inner = inner[1:-1].strip()
    parts, depth, start = [], 0, 0
    for place, character in enumerate(inner):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth == 0 and inner.startswith(" AND ", place):
            parts.append(inner[start:place])
            start = place + len(" AND ")
    return (
        [inner] if not parts else [one for part in [*parts, inner[start:]] for one in _all_of(part)]
    )


def _closes(text: str) -> int:
    """Where the parenthesis that opens *text* closes."""
    depth = 0
    for place, character in enumerate(text):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth == 0:
            return place
    return -1


def _read(condition: str, known: Sandboxes) -> None:
    left, equals, right = condition.partition(" = ")
    if equals and _SIDE.fullmatch(left) and _SIDE.fullmatch(right):
        known.equate(left, right)
    if (tids := _TIDS.fullmatch(condition)) is not None:
        known.equate(f"{tids[1]}.sandbox_id", tids[2])


def _follow(node: Node, nodes: list[Node], known: Sandboxes) -> None:
    """A subquery's and a CTE's sandbox_id is that of the rows it is made of."""
    if node["Node Type"] == "Subquery Scan":
        _equate_output(_of(node), node["Plans"][0], known)
    if node["Node Type"] == "CTE Scan":
        made = f"CTE {node['CTE Name']}"
        for source in nodes:
            if source.get("Subplan Name") == made:
                _equate_output(_of(node), source, known)
    if node.get("Subplan Name", "").startswith("InitPlan"):
        row = _ROW.fullmatch(node.get("Output", [""])[0])
        if row is not None:
            known.equate(f"({node['Subplan Name']}).col1", f"{row[1]}.sandbox_id")


def _of(node: Node) -> str:
    """The sandbox_id of the node's rows, as conditions name it."""
    alias: str = node["Alias"]
    return f"{alias}.sandbox_id" if alias.isidentifier() else f'"{alias}".sandbox_id'


def _equate_output(side: str, source: Node, known: Sandboxes) -> None:
    for output in source.get("Output", ()):
        if _SIDE.fullmatch(output) and output.endswith(".sandbox_id"):
            known.equate(side, output)


def _given(nodes: list[Node], known: Sandboxes) -> list[str]:
    """What the caller gives: parameters, and the sandbox_id in rows of a JSON parameter."""
    rows = [
        f"{node['Alias']}.sandbox_id"
        for node in nodes
        if node.get("Function Name") == "json_to_recordset"
        and re.fullmatch(r"json_to_recordset\(\$\d+\)", node.get("Function Call", ""))
    ]
    return rows + [side for side in known.parents if _PARAMETER.fullmatch(side)]


def _inserted_sandboxes(node: Node) -> list[str]:
    """What goes into the first column, sandbox_id, from wherever the rows come."""
    return [
        source["Output"][0]
        for source in node["Plans"]
        if source.get("Parent Relationship") != "InitPlan"
    ]
