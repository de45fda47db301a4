"""`src-system decode`: what a JWS or JWE is, who made it, and whether it is valid, offline."""

import re
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.console import Console
from rich.text import Text

from src_system.cli.artefact import (
    Artefact,
    Json,
    NotDecodable,
    Reading,
    decode_text,
    looks_like_token,
    write_moment,
)
from src_system.cli.printing import visible
from src_system.clock import machine_now, parse_iso
from src_system.model.pan import is_luhn_valid

INPUT_BYTES_MAX = 1_048_576
_NUMBERS = frozenset({"primaryAccountNumber", "paymentToken", "pan", "accountNumber"})
_SECRETS = frozenset({"dynamicDataValue", "cardSecurityCode", "validationData"})
_LONG_DIGITS = re.compile(r"(?<!\d)\d{15,19}(?!\d)")
_COLOURS = {"valid": "green", "opened": "green", "invalid": "bold red"}


class Undecodable(click.ClickException):
    """There is nothing to decode, or the command was used wrongly; one line says why."""

    exit_code = 2


@click.command()
@click.argument("source", required=False, default="-", metavar="[FILE|-|TOKEN]")
@click.option("--jwks", metavar="FILE", help="Public keys to verify signatures with; - is stdin.")
@click.option("--key", metavar="FILE", help="Private JWK or JWKS to open JWEs with; - is stdin.")
@click.option("--unsafe", is_flag=True, help="Show card numbers, tokens and cryptograms in full.")
@click.option(
    "--format", "output_format", type=click.Choice(["text", "json"]), default="text", help="Output."
)
@click.option("--at", metavar="ISO", help="The moment to judge by, as in 2026-11-23T09:00:00Z.")
@click.pass_context
def decode(
    context: click.Context,
    source: str,
    jwks: str | None,
    key: str | None,
    unsafe: bool,
    output_format: str,
    at: str | None,
) -> None:
    """Decode any JWS, JWE, checkoutResponse, idToken or recognitionToken, offline.

    Exit codes: 0 decoded and nothing wrong, 1 invalid or expired, 2 not decodable.
    """
    if [source, jwks, key].count("-") > 1:
        raise Undecodable("Only one of the token, --jwks and --key can come from stdin.")
    reading = Reading(
        at=_instant(at),
        public_keys=_keys(jwks, "--jwks", private=False),
        private_keys=_keys(key, "--key", private=True),
    )
    text = _text_of(source)
    try:
        artefacts = decode_text(text, reading)
    except NotDecodable as error:
        raise Undecodable(visible(str(error))) from None
    if output_format == "json":
        document = {
            "valid": all(one.is_valid for one in artefacts),
            "at": write_moment(reading.at),
            "artefacts": [_as_document(one, unsafe=unsafe) for one in artefacts],
        }
        click.echo("\n".join(_json_lines(document)))
    else:
        console = Console(highlight=False, soft_wrap=True)
        for artefact in artefacts:
            _print(console, artefact, unsafe=unsafe, indent="")
    context.exit(0 if all(one.is_valid for one in artefacts) else 1)


# --- Input ------------------------------------------------------------------------------------


def _instant(at: str | None) -> datetime:
    if at is None:
        return machine_now()
    try:
        return parse_iso(at)
    except ValueError:
        raise Undecodable(f"--at must be an ISO 8601 time, not {at!r}") from None


def _text_of(source: str) -> str:
    if source != "-" and not _is_file(source):
        if source.lstrip().startswith(("{", '"', "[")) or source.count(".") in {2, 4}:
            return source
        raise Undecodable(f"{_short(source)!r} is neither a file nor a token.")
    return _read(source, "the input")


def _read(source: str, name: str) -> str:
    try:
        if source == "-":
            raw = sys.stdin.buffer.read(INPUT_BYTES_MAX + 1)
        else:
            with Path(source).open("rb") as file:
                raw = file.read(INPUT_BYTES_MAX + 1)
        if len(raw) > INPUT_BYTES_MAX:
            raise Undecodable(f"{name} is larger than {INPUT_BYTES_MAX} bytes.")
        return raw.decode("utf-8-sig")
    except OSError as error:
        raise Undecodable(f"{name} cannot be read: {error.strerror} ({source})") from None
    except UnicodeDecodeError:
        raise Undecodable(f"{name} is not text.") from None


def _is_file(source: str) -> bool:
    try:
        return Path(source).exists()
    except (OSError, ValueError):  # a token is too long for a file name
        return False


def _keys(source: str | None, option: str, *, private: bool) -> list[Json]:
    """Every RSA JWK anywhere in the file: a key, a key set, or a document that holds some."""
    if source is None:
        return []
    try:
        document = msgspec.json.decode(_read(source, option))
    except msgspec.MsgspecError:
        raise Undecodable(f"{option} is not JSON.") from None
    found = [key for key in _objects(document) if key.get("kty") == "RSA"]
    if private:
        found = [key for key in found if "d" in key]
    if not found:
        kind = "private" if private else "public"
        raise Undecodable(f"{option} holds no {kind} RSA key (JWK).")
    return found


def _objects(document: Any) -> Iterator[Json]:
    if isinstance(document, dict):
        yield document
        document = list(document.values())
    if isinstance(document, list):
        for inner in document:
            yield from _objects(inner)


# --- Output -----------------------------------------------------------------------------------


def _as_document(artefact: Artefact, *, unsafe: bool) -> Json:
    """The artefact for --format json; members without a value are null."""
    return {
        "where": artefact.where,
        "form": artefact.form,
        "what": artefact.what,
        "network": artefact.network,
        "networkBy": artefact.network_by,
        "valid": artefact.is_valid,
        "seal": artefact.seal,
        "sealReason": artefact.seal_reason,
        "issuedAt": artefact.issued_at,
        "expiresAt": artefact.expires_at,
        "times": artefact.times,
        "problems": list(artefact.problems),
        "header": artefact.header,
        "payload": artefact.payload if unsafe else mask(artefact.payload),
        "nested": [_as_document(inner, unsafe=unsafe) for inner in artefact.nested],
    }


def _print(console: Console, artefact: Artefact, *, unsafe: bool, indent: str) -> None:
    title = Text(indent)
    if artefact.where:
        title.append(f"{visible(artefact.where)}: ", style="dim")
    title.append(artefact.what, style="bold")
    title.append(f" ({artefact.form})")
    console.print(title)
    seal_name = "signature" if artefact.form == "JWS" else "encryption"
    maker = "unknown"
    if artefact.network is not None:
        maker = f"{artefact.network} (told by {artefact.network_by})"
    _say(console, indent, "network", maker)
    seal = Text(artefact.seal, style=_COLOURS.get(artefact.seal, "yellow"))
    _say(console, indent, seal_name, seal.append(f": {artefact.seal_reason}", style="default"))
    _say(console, indent, "times", artefact.times)
    if artefact.problems:
        verdict = Text("; ".join(artefact.problems), style="bold red")
        _say(console, indent, "verdict", Text("not valid: ", style="bold red").append(verdict))
    else:
        _say(console, indent, "verdict", _good_verdict(artefact))
    _say_json(console, indent, "header", artefact.header)
    if artefact.seal != "closed" and not (artefact.form == "JWE" and artefact.seal == "invalid"):
        _say_json(
            console, indent, "payload", artefact.payload if unsafe else mask(artefact.payload)
        )
    for inner in artefact.nested:
        console.print()
        _print(console, inner, unsafe=unsafe, indent=f"{indent}  ")


def _good_verdict(artefact: Artefact) -> Text:
    if artefact.seal == "unknown":
        return Text("nothing wrong, but the signature was not checked", style="yellow")
    if artefact.seal == "closed":
        return Text("nothing wrong, but it was not opened", style="yellow")
    return Text("valid", style="green")


def _say(console: Console, indent: str, name: str, value: str | Text) -> None:
    console.print(Text(f"{indent}  {name:<11}", style="cyan").append(_plain(value)))


def _plain(value: str | Text) -> Text:
    return Text(value, style="default") if isinstance(value, str) else value


def _say_json(console: Console, indent: str, name: str, value: Any) -> None:
    console.print(Text(f"{indent}  {name}", style="cyan"))
    for line in _json_lines(value):
        console.print(Text(f"{indent}    {line}"))


def _json_lines(value: Any) -> list[str]:
    formatted = msgspec.json.format(msgspec.json.encode(value)).decode()
    return [visible(line) for line in formatted.split("\n")]


def mask(value: Any, member: str = "") -> Any:
    """*value* with card numbers, payment tokens and cryptograms masked, and tokens shortened."""
    if isinstance(value, dict):
        return {name: mask(inner, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [mask(inner, member) for inner in value]
    if isinstance(value, int) and not isinstance(value, bool):
        text = str(value)
        masked = mask(text, member)
        return value if masked == text else masked
    if not isinstance(value, str):
        return value
    if member in _SECRETS:
        return f"{value[:4]}..." if len(value) > 8 else "***"
    if member in _NUMBERS:
        return _mask_number(value)
    if looks_like_token(value):
        return f"{value[:16]}... ({len(value)} characters)"
    return _LONG_DIGITS.sub(_mask_if_card_number, value)


def _mask_if_card_number(match: re.Match[str]) -> str:
    digits = match.group()
    return _mask_number(digits) if is_luhn_valid(digits) else digits


def _mask_number(number: str) -> str:
    """The first six and last four digits; of anything shorter than a card number, nothing."""
    if len(number) < 13:
        return "***"
    return f"{number[:6]}{'*' * (len(number) - 10)}{number[-4:]}"


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:16]}..."
