-- Second keys that a look-up by primary key can never be planned with, also on empty tables.

-- A planner without statistics took these for as good as the primary key, read every row of the
-- sandbox, and kept to it until the first ANALYZE. A partial index serves only who asks for its
-- column. A session that the client named itself has no origin, and then no entry there at all.
ALTER TABLE checkout_session
    DROP CONSTRAINT checkout_session_origin_key,
    ALTER COLUMN origin_digest DROP NOT NULL;

CREATE UNIQUE INDEX checkout_session_origin_key
    ON checkout_session (sandbox_id, origin_digest, origin_ordinal, network)
    WHERE origin_digest IS NOT NULL;

ALTER TABLE payment_token
    DROP CONSTRAINT payment_token_fingerprint_key;

CREATE UNIQUE INDEX payment_token_fingerprint_key
    ON payment_token (sandbox_id, token_fingerprint, network)
    WHERE token_fingerprint IS NOT NULL;
