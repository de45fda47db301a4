-- How a one-time code reaches its consumer: lost, late, twice, or by the other channel. And what
-- the clock needs to tell what falls due, and to forget nonces where it stands still.

-- copy_number tells apart what arrives more than once. arrives_at is when a late code comes, by the
-- sandbox's clock; arrived_place is then its place in the inbox, behind what came in the meantime.
-- What an authentication asked for the code, where it was one.
ALTER TABLE one_time_code
    ADD COLUMN copy_number           integer     NOT NULL DEFAULT 1,
    ADD COLUMN delivery              text        NOT NULL DEFAULT 'normal',
    ADD COLUMN arrives_at            timestamptz,
    ADD COLUMN arrived_place         bigint,
    ADD COLUMN authentication_method text,
    ADD COLUMN authentication_reason text,
    ADD CONSTRAINT one_time_code_delivery_check
        CHECK (delivery IN ('normal', 'lost', 'late', 'duplicate', 'otherChannel')),
    ADD CONSTRAINT one_time_code_late_check
        CHECK ((delivery = 'late') = (arrives_at IS NOT NULL)
            AND (delivery = 'late' OR arrived_place IS NULL)),
    DROP CONSTRAINT one_time_code_pkey,
    ADD CONSTRAINT one_time_code_pkey PRIMARY KEY
        (sandbox_id, network, id_validation_session_id, issue_number, copy_number);

-- Partial, so that they serve only who asks for their column: see 0014.
CREATE INDEX one_time_code_inbox_idx
    ON one_time_code (sandbox_id, COALESCE(arrived_place, place))
    WHERE COALESCE(arrived_place, place) IS NOT NULL;
CREATE INDEX one_time_code_late_idx ON one_time_code (sandbox_id, arrives_at)
    WHERE delivery = 'late' AND arrived_place IS NULL;
CREATE INDEX one_time_code_expiry_idx ON one_time_code (sandbox_id, expires_at)
    WHERE state = 'issued';

-- Nearly free to whoever pays: BRIN keeps a summary of each stretch of the table, no entry per row.
CREATE INDEX checkout_session_expiry_idx ON checkout_session USING brin (sandbox_id, expires_at)
    WHERE expires_at IS NOT NULL;
CREATE INDEX cryptogram_expiry_idx ON cryptogram USING brin (sandbox_id, expires_at)
    WHERE expires_at IS NOT NULL;

CREATE INDEX digital_card_expiry_idx
    ON digital_card (sandbox_id, pan_expiration_year, pan_expiration_month)
    WHERE pan_expiration_year IS NOT NULL;

CREATE INDEX consumer_lock_idx ON consumer (sandbox_id, locked_until) WHERE status = 'LOCKED';

-- When the nonce was used, by the machine's time: the order in which they came.
ALTER TABLE used_nonce
    ADD COLUMN used_at timestamptz NOT NULL DEFAULT '-infinity';

-- Whether magic values mean anything in the sandbox.
ALTER TABLE sandbox
    ADD COLUMN has_magic boolean NOT NULL DEFAULT true;
