-- Identity validations and the one-time codes sent in them. A code itself is derived, never kept.

CREATE TABLE identity_validation (
    sandbox_id               text        NOT NULL,
    network                  text        NOT NULL,
    id_validation_session_id text        NOT NULL,
    src_consumer_id          text        NOT NULL,
    src_client_id            text        NOT NULL,
    identity_type            text        NOT NULL,
    identity_value           text        NOT NULL,
    channel                  text        NOT NULL,
    state                    text        NOT NULL,
    issue_number             integer     NOT NULL,
    wrong_tries              integer     NOT NULL,
    expires_at               timestamptz NOT NULL,
    CONSTRAINT identity_validation_pkey
        PRIMARY KEY (sandbox_id, network, id_validation_session_id),
    CONSTRAINT identity_validation_consumer_fkey FOREIGN KEY (sandbox_id, network, src_consumer_id)
        REFERENCES consumer (sandbox_id, network, src_consumer_id) ON DELETE CASCADE,
    CONSTRAINT identity_validation_state_check
        CHECK (state IN ('PENDING', 'VALIDATED', 'EXHAUSTED'))
);

CREATE INDEX identity_validation_pending_idx
    ON identity_validation (sandbox_id, src_consumer_id, src_client_id, network)
    WHERE state = 'PENDING';

-- `place` is the code's number within its sandbox: the cursor of the code inbox.
CREATE TABLE one_time_code (
    sandbox_id               text        NOT NULL,
    network                  text        NOT NULL,
    id_validation_session_id text        NOT NULL,
    issue_number             integer     NOT NULL,
    place                    bigint      NOT NULL,
    channel                  text        NOT NULL,
    identity_value           text        NOT NULL,
    state                    text        NOT NULL,
    issued_at                timestamptz NOT NULL,
    expires_at               timestamptz NOT NULL,
    CONSTRAINT one_time_code_pkey
        PRIMARY KEY (sandbox_id, network, id_validation_session_id, issue_number),
    CONSTRAINT one_time_code_place_key UNIQUE (sandbox_id, place),
    CONSTRAINT one_time_code_validation_fkey
        FOREIGN KEY (sandbox_id, network, id_validation_session_id)
        REFERENCES identity_validation (sandbox_id, network, id_validation_session_id)
        ON DELETE CASCADE,
    CONSTRAINT one_time_code_state_check
        CHECK (state IN ('issued', 'superseded', 'consumed', 'locked'))
);
