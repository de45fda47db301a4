"""A case for each dated artefact: what happens to it as a sandbox's clock goes on."""
