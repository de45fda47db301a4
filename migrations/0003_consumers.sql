-- Consumers of each network, their identities, addresses and remembered devices.

CREATE TABLE consumer (
    sandbox_id              text        NOT NULL,
    network                 text        NOT NULL,
    src_consumer_id         text        NOT NULL,
    status                  text        NOT NULL,
    email_address           text,
    mobile_country_code     text,
    mobile_phone_number     text,
    first_name              text,
    last_name               text,
    full_name               text,
    national_identifier     text,
    country_code            text,
    locale                  text,
    compliance_settings     jsonb       NOT NULL,
    exhausted_validations   integer     NOT NULL,
    locked_until            timestamptz,
    date_consumer_added     timestamptz NOT NULL,
    date_consumer_last_used timestamptz,
    CONSTRAINT consumer_pkey PRIMARY KEY (sandbox_id, network, src_consumer_id),
    CONSTRAINT consumer_sandbox_fkey FOREIGN KEY (sandbox_id)
        REFERENCES sandbox (sandbox_id) ON DELETE CASCADE,
    CONSTRAINT consumer_status_check CHECK (status IN ('ACTIVE', 'SUSPENDED', 'LOCKED'))
);

-- identity_hash is what idTokens carry in place of the address (spec 5.22); validation_count makes
-- the ids of successive validations differ although they are derived.
CREATE TABLE consumer_identity (
    sandbox_id       text    NOT NULL,
    network          text    NOT NULL,
    identity_type    text    NOT NULL,
    identity_value   text    NOT NULL,
    identity_hash    bytea   NOT NULL,
    src_consumer_id  text    NOT NULL,
    validation_count integer NOT NULL,
    CONSTRAINT consumer_identity_pkey
        PRIMARY KEY (sandbox_id, network, identity_type, identity_value),
    CONSTRAINT consumer_identity_hash_key UNIQUE (sandbox_id, identity_hash, network),
    CONSTRAINT consumer_identity_consumer_fkey FOREIGN KEY (sandbox_id, network, src_consumer_id)
        REFERENCES consumer (sandbox_id, network, src_consumer_id) ON DELETE CASCADE
);

CREATE INDEX consumer_identity_consumer_idx
    ON consumer_identity (sandbox_id, src_consumer_id, network);

CREATE TABLE shipping_address (
    sandbox_id      text        NOT NULL,
    network         text        NOT NULL,
    address_id      text        NOT NULL,
    src_consumer_id text        NOT NULL,
    address         jsonb       NOT NULL,
    created_at      timestamptz NOT NULL,
    CONSTRAINT shipping_address_pkey PRIMARY KEY (sandbox_id, network, address_id),
    CONSTRAINT shipping_address_consumer_fkey FOREIGN KEY (sandbox_id, network, src_consumer_id)
        REFERENCES consumer (sandbox_id, network, src_consumer_id) ON DELETE CASCADE
);

CREATE INDEX shipping_address_consumer_idx
    ON shipping_address (sandbox_id, src_consumer_id, network);

CREATE TABLE app_instance (
    sandbox_id      text        NOT NULL,
    network         text        NOT NULL,
    app_instance_id text        NOT NULL,
    src_consumer_id text        NOT NULL,
    src_client_id   text        NOT NULL,
    jti             text        NOT NULL,
    created_at      timestamptz NOT NULL,
    expires_at      timestamptz NOT NULL,
    revoked_at      timestamptz,
    CONSTRAINT app_instance_pkey PRIMARY KEY (sandbox_id, network, app_instance_id),
    CONSTRAINT app_instance_consumer_fkey FOREIGN KEY (sandbox_id, network, src_consumer_id)
        REFERENCES consumer (sandbox_id, network, src_consumer_id) ON DELETE CASCADE
);

CREATE INDEX app_instance_consumer_idx ON app_instance (sandbox_id, src_consumer_id, network);
