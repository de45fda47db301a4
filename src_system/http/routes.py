"""From a resource and a method to an operation; read once at the start."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from src_system.http.srci import Operation
from src_system.model.errors import MethodNotAllowed, NotFound
from src_system.networks.profile import NetworkProfile

_NO_PARAMETERS: Mapping[str, str] = MappingProxyType({})


class Routes:
    """A table of resources. A resource has at most one parameter, its last segment."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self._fixed: dict[str, dict[str, Operation]] = {}
        self._with_parameter: dict[str, tuple[str, dict[str, Operation]]] = {}
        for operation in operations:
            head, _, tail = operation.resource.rpartition("/")
            if tail.startswith("{"):
                _, methods = self._with_parameter.setdefault(head, (tail[1:-1], {}))
            else:
                methods = self._fixed.setdefault(operation.resource, {})
            methods[operation.method] = operation

    def find(
        self, method: str, resource: str, profile: NetworkProfile
    ) -> tuple[Operation, Mapping[str, str]]:
        """The operation and its path parameters; NotFound, MethodNotAllowed (spec O17)."""
        methods = self._fixed.get(resource)
        parameters = _NO_PARAMETERS
        if methods is None:
            head, _, tail = resource.rpartition("/")
            name, methods = self._with_parameter.get(head, ("", None))
            if methods is None or not tail:
                raise NotFound("There is no such operation.", source="path", source_type="PATH")
            parameters = {name: tail}
        operation = methods.get(method)
        if operation is None or (operation.name == "getPayload" and not profile.payload_by_get):
            raise MethodNotAllowed(
                f"Allowed here: {', '.join(sorted(methods))}.",
                source="method",
                source_type="HEADER",
            )
        return operation, parameters
