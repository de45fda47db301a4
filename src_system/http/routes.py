"""From a resource and a method to an operation; read once at the start."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from src_system.http.operation import Operation
from src_system.model.errors import MethodNotAllowed, NotFound
from src_system.networks.profile import NetworkProfile

_NO_PARAMETERS: Mapping[str, str] = MappingProxyType({})


class Routes:
    """A table of resources. `{name}` in a resource stands for one segment of the path."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self._fixed: dict[str, dict[str, Operation]] = {}
        self._with_parameters: dict[tuple[str, ...], dict[str, Operation]] = {}
        for operation in operations:
            template = tuple(operation.resource.split("/"))
            if any(segment.startswith("{") for segment in template):
                methods = self._with_parameters.setdefault(template, {})
            else:
                methods = self._fixed.setdefault(operation.resource, {})
            methods[operation.method] = operation

    def find(
        self, method: str, resource: str, profile: NetworkProfile
    ) -> tuple[Operation, Mapping[str, str]]:
        """The operation and its path parameters; NotFound, MethodNotAllowed (spec O17)."""
        methods, parameters = self._fixed.get(resource), _NO_PARAMETERS
        if methods is None:
            methods, parameters = self._match(resource)
        operation = methods.get(method)
        if operation is None or not operation.offered(profile):
            raise MethodNotAllowed(
                allowed=sorted(name for name, one in methods.items() if one.offered(profile))
            )
        return operation, parameters

    def brings_version(self, method: str, resource: str) -> bool:
        """Whether the operation there asks by itself whether the sandbox has changed."""
        operation = self._fixed.get(resource, {}).get(method)
        return operation is not None and operation.brings_version

    def _match(self, resource: str) -> tuple[dict[str, Operation], Mapping[str, str]]:
        segments = tuple(resource.split("/"))
        for template, methods in self._with_parameters.items():
            parameters = _parameters(template, segments)
            if parameters is not None:
                return methods, parameters
        raise NotFound("There is no such operation.", source="path", source_type="PATH")


def _parameters(template: tuple[str, ...], segments: tuple[str, ...]) -> dict[str, str] | None:
    """What the template's parameters stand for, or None when it does not fit."""
    if len(template) != len(segments):
        return None
    found: dict[str, str] = {}
    for expected, segment in zip(template, segments, strict=True):
        if expected.startswith("{"):
            if not segment:
                return None
            found[expected[1:-1]] = segment
        elif expected != segment:
            return None
    return found
