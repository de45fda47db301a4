"""OpenAPI 3.1: the documents of both ports, made from the types that read and write the wire."""
