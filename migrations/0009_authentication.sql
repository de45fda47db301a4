-- Authentications of cardholders and consumers by the SRC System (spec 4.13): step-ups.

-- `ordinal` counts within a session and makes the derived ids differ.
CREATE TABLE authentication (
    sandbox_id               text        NOT NULL,
    network                  text        NOT NULL,
    authentication_id        text        NOT NULL,
    src_correlation_id       text        NOT NULL,
    ordinal                  integer     NOT NULL,
    src_client_id            text        NOT NULL,
    src_consumer_id          text        NOT NULL,
    src_digital_card_id      text,
    method                   text        NOT NULL,
    subject                  text        NOT NULL,
    reason                   text        NOT NULL,
    state                    text        NOT NULL,
    wrong_tries              integer     NOT NULL,
    id_validation_session_id text,
    amount                   numeric,
    currency_code            text,
    trans_status             text,
    created_at               timestamptz NOT NULL,
    expires_at               timestamptz NOT NULL,
    completed_at             timestamptz,
    CONSTRAINT authentication_pkey PRIMARY KEY (sandbox_id, network, authentication_id),
    CONSTRAINT authentication_ordinal_key
        UNIQUE (sandbox_id, src_correlation_id, ordinal, network),
    CONSTRAINT authentication_consumer_fkey FOREIGN KEY (sandbox_id, network, src_consumer_id)
        REFERENCES consumer (sandbox_id, network, src_consumer_id) ON DELETE CASCADE,
    CONSTRAINT authentication_state_check
        CHECK (state IN ('PENDING', 'AUTHENTICATED', 'NOT_AUTHENTICATED'))
);

CREATE INDEX authentication_consumer_idx ON authentication (sandbox_id, src_consumer_id, network);
