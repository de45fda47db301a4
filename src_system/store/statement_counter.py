"""Who is told how many statements a connection ran."""

from typing import Protocol


class StatementCounter(Protocol):
    """Whoever wants to know how many statements ran on its behalf, such as the request event."""

    statements: int
