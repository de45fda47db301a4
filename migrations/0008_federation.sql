-- Which network trusts whose idTokens in a sandbox, and idTokens that were taken back.

-- {"mastercard": ["mastercard", "amex"]}; a network that is not named trusts all.
ALTER TABLE sandbox
    ADD COLUMN trusted_networks jsonb NOT NULL DEFAULT '{}';

-- An unbinding takes the idToken that came with it out of use at that network, until it expires.
CREATE TABLE revoked_id_token (
    sandbox_id text        NOT NULL,
    jti        text        NOT NULL,
    network    text        NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT revoked_id_token_pkey PRIMARY KEY (sandbox_id, jti, network),
    CONSTRAINT revoked_id_token_sandbox_fkey FOREIGN KEY (sandbox_id)
        REFERENCES sandbox (sandbox_id) ON DELETE CASCADE
);
