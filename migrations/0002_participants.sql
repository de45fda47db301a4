-- Clients (SRC initiators, issuers, DCFs), their payload keys, and the DPAs under them.

CREATE TABLE client (
    sandbox_id         text        NOT NULL,
    src_client_id      text        NOT NULL,
    kind               text        NOT NULL,
    name               text        NOT NULL,
    business           text,
    status             text        NOT NULL,
    token_requestor_id text        NOT NULL,
    origins            text[]      NOT NULL,
    authentication     jsonb       NOT NULL,
    created_at         timestamptz NOT NULL,
    CONSTRAINT client_pkey PRIMARY KEY (sandbox_id, src_client_id),
    CONSTRAINT client_sandbox_fkey FOREIGN KEY (sandbox_id)
        REFERENCES sandbox (sandbox_id) ON DELETE CASCADE,
    CONSTRAINT client_kind_check CHECK (kind IN ('SRC_INITIATOR', 'PARTICIPATING_ISSUER', 'DCF')),
    CONSTRAINT client_status_check CHECK (status IN ('ACTIVE', 'DISABLED'))
);

CREATE TABLE recipient_key (
    sandbox_id     text        NOT NULL,
    src_client_id  text        NOT NULL,
    recipient_id   text        NOT NULL,
    kid            text        NOT NULL,
    fingerprint    text        NOT NULL,
    jwk            jsonb       NOT NULL,
    private_sealed bytea,
    not_after      timestamptz,
    created_at     timestamptz NOT NULL,
    CONSTRAINT recipient_key_pkey PRIMARY KEY (sandbox_id, src_client_id, recipient_id, kid),
    CONSTRAINT recipient_key_client_fkey FOREIGN KEY (sandbox_id, src_client_id)
        REFERENCES client (sandbox_id, src_client_id) ON DELETE CASCADE
);

CREATE TABLE dpa (
    sandbox_id              text        NOT NULL,
    src_dpa_id              text        NOT NULL,
    srci_dpa_id             text        NOT NULL,
    src_client_id           text        NOT NULL,
    status                  text        NOT NULL,
    dpa_data                jsonb       NOT NULL,
    dpa_transaction_options jsonb       NOT NULL,
    markets                 text[]      NOT NULL,
    origins                 text[]      NOT NULL,
    created_at              timestamptz NOT NULL,
    CONSTRAINT dpa_pkey PRIMARY KEY (sandbox_id, src_dpa_id),
    CONSTRAINT dpa_srci_dpa_id_key UNIQUE (sandbox_id, src_client_id, srci_dpa_id),
    CONSTRAINT dpa_client_fkey FOREIGN KEY (sandbox_id, src_client_id)
        REFERENCES client (sandbox_id, src_client_id) ON DELETE CASCADE,
    CONSTRAINT dpa_status_check CHECK (status IN ('ACTIVE', 'DISABLED'))
);
