-- Batches, done when their time comes: DPAs of SRC initiators, cards of issuers.

-- What a registration says of a DPA beside dpaData: programme, acquirers, 3-D Secure defaults.
ALTER TABLE dpa
    ADD COLUMN registration jsonb NOT NULL DEFAULT '{}';

-- request_digest and ordinal make a derived batch id unique when equal calls repeat.
CREATE TABLE dpa_batch (
    sandbox_id     text        NOT NULL,
    network        text        NOT NULL,
    batch_id       text        NOT NULL,
    src_client_id  text        NOT NULL,
    request_id     text,
    request_digest bytea       NOT NULL,
    items          jsonb       NOT NULL,
    status         text        NOT NULL,
    results        jsonb       NOT NULL,
    started_at     timestamptz NOT NULL,
    due_at         timestamptz NOT NULL,
    ended_at       timestamptz,
    CONSTRAINT dpa_batch_pkey PRIMARY KEY (sandbox_id, network, batch_id),
    CONSTRAINT dpa_batch_request_id_key UNIQUE (sandbox_id, src_client_id, request_id, network),
    CONSTRAINT dpa_batch_client_fkey FOREIGN KEY (sandbox_id, src_client_id)
        REFERENCES client (sandbox_id, src_client_id) ON DELETE CASCADE,
    CONSTRAINT dpa_batch_status_check CHECK (status IN (
        'IN_PROGRESS', 'COMPLETED_SUCCESSFULLY', 'COMPLETED_WITH_ERRORS', 'FAILED'))
);

CREATE INDEX dpa_batch_digest_idx ON dpa_batch (sandbox_id, request_digest, network);
CREATE INDEX dpa_batch_due_idx ON dpa_batch (sandbox_id, due_at) WHERE status = 'IN_PROGRESS';

CREATE TABLE card_batch (
    sandbox_id         text        NOT NULL,
    network            text        NOT NULL,
    batch_id           text        NOT NULL,
    src_client_id      text        NOT NULL,
    external_batch_id  text        NOT NULL,
    request_digest     bytea       NOT NULL,
    src_correlation_id text        NOT NULL,
    started_at         timestamptz NOT NULL,
    due_at             timestamptz NOT NULL,
    ended_at           timestamptz,
    CONSTRAINT card_batch_pkey PRIMARY KEY (sandbox_id, network, batch_id),
    CONSTRAINT card_batch_external_id_key
        UNIQUE (sandbox_id, src_client_id, external_batch_id, network),
    CONSTRAINT card_batch_client_fkey FOREIGN KEY (sandbox_id, src_client_id)
        REFERENCES client (sandbox_id, src_client_id) ON DELETE CASCADE
);

CREATE INDEX card_batch_due_idx ON card_batch (sandbox_id, due_at) WHERE ended_at IS NULL;

-- enrollment_data stays encrypted to the network's key, as received, until the record's turn; then
-- it is forgotten. A card or consumer may be deleted later: no foreign keys to them.
CREATE TABLE card_batch_record (
    sandbox_id             text    NOT NULL,
    network                text    NOT NULL,
    batch_id               text    NOT NULL,
    place                  integer NOT NULL,
    src_client_id          text    NOT NULL,
    external_consumer_id   text    NOT NULL,
    external_credential_id text    NOT NULL,
    service_id             text,
    enrollment_data        text,
    linked_identities      jsonb   NOT NULL,
    compliance_settings    jsonb   NOT NULL,
    status                 text    NOT NULL,
    error                  jsonb,
    src_consumer_id        text,
    src_digital_card_id    text,
    CONSTRAINT card_batch_record_pkey PRIMARY KEY (sandbox_id, network, batch_id, place),
    CONSTRAINT card_batch_record_batch_fkey FOREIGN KEY (sandbox_id, network, batch_id)
        REFERENCES card_batch (sandbox_id, network, batch_id) ON DELETE CASCADE,
    CONSTRAINT card_batch_record_status_check CHECK (status IN ('PENDING', 'ENROLLED', 'FAILED'))
);

-- What an issuer calls its people and their cards: a repetition finds whom and what there is.
CREATE TABLE external_consumer (
    sandbox_id           text NOT NULL,
    network              text NOT NULL,
    src_client_id        text NOT NULL,
    external_consumer_id text NOT NULL,
    src_consumer_id      text NOT NULL,
    CONSTRAINT external_consumer_pkey
        PRIMARY KEY (sandbox_id, network, src_client_id, external_consumer_id),
    CONSTRAINT external_consumer_client_fkey FOREIGN KEY (sandbox_id, src_client_id)
        REFERENCES client (sandbox_id, src_client_id) ON DELETE CASCADE,
    CONSTRAINT external_consumer_consumer_fkey FOREIGN KEY (sandbox_id, network, src_consumer_id)
        REFERENCES consumer (sandbox_id, network, src_consumer_id) ON DELETE CASCADE
);

CREATE TABLE external_credential (
    sandbox_id             text NOT NULL,
    network                text NOT NULL,
    src_client_id          text NOT NULL,
    external_consumer_id   text NOT NULL,
    external_credential_id text NOT NULL,
    src_digital_card_id    text NOT NULL,
    CONSTRAINT external_credential_pkey PRIMARY KEY (
        sandbox_id, network, src_client_id, external_consumer_id, external_credential_id),
    CONSTRAINT external_credential_consumer_fkey
        FOREIGN KEY (sandbox_id, network, src_client_id, external_consumer_id)
        REFERENCES external_consumer (sandbox_id, network, src_client_id, external_consumer_id)
        ON DELETE CASCADE,
    CONSTRAINT external_credential_card_fkey FOREIGN KEY (sandbox_id, network, src_digital_card_id)
        REFERENCES digital_card (sandbox_id, network, src_digital_card_id) ON DELETE CASCADE
);
