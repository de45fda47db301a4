"""The OpenAPI documents of both ports: valid, complete, true, and proof against fuzzing."""
