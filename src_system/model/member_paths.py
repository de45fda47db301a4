"""How a refusal names what it is about: by the path of a member in the document."""


def join(path: str, member: str) -> str:
    """The path of *member* of the object at *path*."""
    return f"{path}.{member}" if path else member
