"""Who is calling the protocol port: a client's credentials, one file per scheme.

A request passes two stages. `admit` looks at what it is signed with, over the exact bytes, before
its JSON is read; `authenticate` looks for the client that the request names. A client of the
scheme `open` costs neither a statement nor a computation.
"""

from src_system.http.authentication.caller import admit, authenticate
from src_system.http.authentication.presented import Presented

__all__ = ["Presented", "admit", "authenticate"]
