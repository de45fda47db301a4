"""Whose work it is that was found among that of all sandboxes."""

from src_system.model.errors import NotFound
from src_system.model.identifiers import SystemKey
from src_system.store import sandboxes
from src_system.system import Installation, System


async def owner_of(installation: Installation, key: SystemKey) -> System:
    """The SRC System that rows of *key* belong to; NotFound when no name leads to them any more."""
    async with installation.database.connection() as tx:
        name = await sandboxes.name_of_sandbox(tx, key.sandbox_id)
    if name is not None:
        system = await installation.system(name, key.network)
        if system.key == key:
            return system
    raise NotFound("The sandbox was removed, reset or restored meanwhile.")
