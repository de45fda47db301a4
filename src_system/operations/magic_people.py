"""Magic values that only an operation sees: those of a person whom a token names by a hash."""

from src_system.model.consumer import Consumer
from src_system.model.magic import MagicMet
from src_system.model.magic_people import identified
from src_system.system import System


def meet_known_person(system: System, operation: str, consumer: Consumer) -> None:
    """Raise MagicMet for a profile whose e-mail address or phone number is to be refused."""
    if not system.sandbox.has_magic:
        return
    mobile = consumer.mobile_number
    for text in (consumer.email_address, None if mobile is None else mobile.identity_value):
        value = identified(text)
        if value is not None and operation in value.operations:
            raise MagicMet(value)
