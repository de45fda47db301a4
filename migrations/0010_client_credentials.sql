-- What clients authenticate with: their sealed secrets, the names these are found by, and replays.

-- One sealed document per client, in the form of the control port; null where nothing was made.
ALTER TABLE client ADD COLUMN credentials_sealed bytea;

-- The public halves (consumer key, API key, OAuth 2 client id): a name has one client.
CREATE TABLE credential_name (
    sandbox_id    text NOT NULL,
    kind          text NOT NULL,
    name          text NOT NULL,
    src_client_id text NOT NULL,
    CONSTRAINT credential_name_pkey PRIMARY KEY (sandbox_id, kind, name),
    CONSTRAINT credential_name_client_fkey FOREIGN KEY (sandbox_id, src_client_id)
        REFERENCES client (sandbox_id, src_client_id) ON DELETE CASCADE,
    CONSTRAINT credential_name_kind_check CHECK (kind IN ('oauth1', 'xPayToken', 'oauth2'))
);

CREATE INDEX credential_name_client_idx ON credential_name (sandbox_id, src_client_id);

-- Nonces and one-time tokens that were accepted, as digests; the key refuses the second use.
-- No foreign key: every signed request would lock its sandbox's one row. Deleted by name.
CREATE TABLE used_nonce (
    sandbox_id text        NOT NULL,
    digest     bytea       NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT used_nonce_pkey PRIMARY KEY (sandbox_id, digest)
);

CREATE INDEX used_nonce_expiry_idx ON used_nonce (sandbox_id, expires_at);
