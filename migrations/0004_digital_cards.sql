-- Digital cards and the network tokens that stand for them. PANs and tokens are kept sealed.

CREATE TABLE digital_card (
    sandbox_id                text        NOT NULL,
    network                   text        NOT NULL,
    src_digital_card_id       text        NOT NULL,
    src_consumer_id           text        NOT NULL,
    src_payment_card_id       text        NOT NULL,
    pan_sealed                bytea       NOT NULL,
    pan_fingerprint           bytea       NOT NULL,
    pan_bin                   text        NOT NULL,
    pan_last_four             text        NOT NULL,
    pan_expiration_month      text        NOT NULL,
    pan_expiration_year       text        NOT NULL,
    status                    text        NOT NULL,
    pending_events            text[]      NOT NULL,
    cardholder_full_name      text,
    payment_account_reference text        NOT NULL,
    payment_card_descriptor   text        NOT NULL,
    payment_card_type         text        NOT NULL,
    country_code              text        NOT NULL,
    presentation_name         text        NOT NULL,
    billing_address_id        text,
    billing_address           jsonb,
    date_of_card_created      timestamptz NOT NULL,
    date_of_card_last_used    timestamptz,
    CONSTRAINT digital_card_pkey PRIMARY KEY (sandbox_id, network, src_digital_card_id),
    CONSTRAINT digital_card_consumer_fkey FOREIGN KEY (sandbox_id, network, src_consumer_id)
        REFERENCES consumer (sandbox_id, network, src_consumer_id) ON DELETE CASCADE,
    CONSTRAINT digital_card_status_check
        CHECK (status IN ('ACTIVE', 'SUSPENDED', 'PENDING', 'CANCELLED'))
);

-- A consumer has a PAN once, unless the earlier digital card was deleted.
CREATE UNIQUE INDEX digital_card_pan_key
    ON digital_card (sandbox_id, src_consumer_id, pan_fingerprint, network)
    WHERE status <> 'CANCELLED';

CREATE TABLE payment_token (
    sandbox_id             text        NOT NULL,
    network                text        NOT NULL,
    src_digital_card_id    text        NOT NULL,
    token_requestor_id     text        NOT NULL,
    token_sealed           bytea       NOT NULL,
    token_fingerprint      bytea       NOT NULL,
    token_bin_range        text        NOT NULL,
    token_last_four        text        NOT NULL,
    token_expiration_month text        NOT NULL,
    token_expiration_year  text        NOT NULL,
    created_at             timestamptz NOT NULL,
    CONSTRAINT payment_token_pkey
        PRIMARY KEY (sandbox_id, network, src_digital_card_id, token_requestor_id),
    CONSTRAINT payment_token_fingerprint_key UNIQUE (sandbox_id, token_fingerprint, network),
    CONSTRAINT payment_token_card_fkey FOREIGN KEY (sandbox_id, network, src_digital_card_id)
        REFERENCES digital_card (sandbox_id, network, src_digital_card_id) ON DELETE CASCADE
);
