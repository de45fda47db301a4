"""How columns of JSON become Python values and back, on every connection."""

import asyncpg
import msgspec

_JSONB_VERSION = b"\x01"  # the first byte of jsonb on the wire; the text follows


async def read_and_write_json(connection: asyncpg.Connection) -> None:
    """Let json and jsonb be Python values on *connection*; in binary, for COPY takes no other."""
    await connection.set_type_codec(
        "json",
        schema="pg_catalog",
        encoder=msgspec.json.encode,
        decoder=msgspec.json.decode,
        format="binary",
    )
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        encoder=lambda value: _JSONB_VERSION + msgspec.json.encode(value),
        decoder=lambda raw: msgspec.json.decode(raw[len(_JSONB_VERSION) :]),
        format="binary",
    )
