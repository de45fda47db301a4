-- Checkout sessions, checkouts, the cryptograms issued for them, and confirmations.

-- Here and elsewhere a second key has its selective column right behind the sandbox: a planner
-- without statistics then never takes it for the primary key.
-- origin_digest and origin_ordinal make a derived srcCorrelationId unique when equal calls repeat.
CREATE TABLE checkout_session (
    sandbox_id          text        NOT NULL,
    network             text        NOT NULL,
    src_correlation_id  text        NOT NULL,
    src_client_id       text        NOT NULL,
    src_dpa_id          text,
    srci_transaction_id text,
    src_consumer_id     text,
    amr                 text[],
    auth_time           timestamptz,
    state               text        NOT NULL,
    origin_digest       bytea       NOT NULL,
    origin_ordinal      integer     NOT NULL,
    created_at          timestamptz NOT NULL,
    expires_at          timestamptz NOT NULL,
    CONSTRAINT checkout_session_pkey PRIMARY KEY (sandbox_id, network, src_correlation_id),
    CONSTRAINT checkout_session_origin_key
        UNIQUE (sandbox_id, origin_digest, origin_ordinal, network)
);

-- checkout_session, checkout and cryptogram have no foreign keys: each would lock a
-- client's one row every time.
-- They are written by one statement, and a sandbox's rows are deleted by name.
CREATE TABLE checkout (
    sandbox_id          text        NOT NULL,
    network             text        NOT NULL,
    checkout_id         text        NOT NULL,
    src_correlation_id  text        NOT NULL,
    src_client_id       text        NOT NULL,
    src_dpa_id          text        NOT NULL,
    srci_transaction_id text,
    src_consumer_id     text        NOT NULL,
    src_digital_card_id text        NOT NULL,
    dcf_action_code     text        NOT NULL,
    request             jsonb       NOT NULL,
    created_at          timestamptz NOT NULL,
    CONSTRAINT checkout_pkey PRIMARY KEY (sandbox_id, network, checkout_id),
    CONSTRAINT checkout_action_check
        CHECK (dcf_action_code IN ('COMPLETE', 'PENDING_AUTHENTICATION'))
);

CREATE INDEX checkout_session_idx ON checkout (sandbox_id, src_correlation_id, network);

-- One row per answer that carried a payload; the primary key is the replay guard. The value is kept
-- as the vault's keyed fingerprint, enough to check an authorisation against it.
CREATE TABLE cryptogram (
    sandbox_id        text        NOT NULL,
    network           text        NOT NULL,
    checkout_id       text        NOT NULL,
    ordinal           integer     NOT NULL,
    dynamic_data_type text        NOT NULL,
    value_fingerprint bytea,
    token_fingerprint bytea,
    src_dpa_id        text        NOT NULL,
    amount            numeric,
    currency_code     text,
    issued_at         timestamptz NOT NULL,
    expires_at        timestamptz,
    used_at           timestamptz,
    CONSTRAINT cryptogram_replay_guard PRIMARY KEY (sandbox_id, network, checkout_id, ordinal)
);

CREATE TABLE confirmation (
    sandbox_id         text        NOT NULL,
    network            text        NOT NULL,
    src_correlation_id text        NOT NULL,
    confirmation_id    text        NOT NULL,
    confirmation_data  jsonb       NOT NULL,
    received_at        timestamptz NOT NULL,
    CONSTRAINT confirmation_pkey
        PRIMARY KEY (sandbox_id, network, src_correlation_id, confirmation_id),
    CONSTRAINT confirmation_session_fkey FOREIGN KEY (sandbox_id, network, src_correlation_id)
        REFERENCES checkout_session (sandbox_id, network, src_correlation_id) ON DELETE CASCADE
);
