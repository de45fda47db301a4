-- Sandboxes, and the tables of the whole installation: network keys, the vault's check value.

CREATE TABLE sandbox (
    sandbox_id           text        NOT NULL,
    seed                 text        NOT NULL,
    clock_mode           text        NOT NULL,
    clock_at             timestamptz,
    clock_offset_seconds double precision NOT NULL,
    profile              text        NOT NULL,
    version              bigint      NOT NULL,
    one_time_code_count  bigint      NOT NULL,
    created_at           timestamptz NOT NULL,
    expires_at           timestamptz,
    CONSTRAINT sandbox_pkey PRIMARY KEY (sandbox_id),
    CONSTRAINT sandbox_clock_mode_check CHECK (clock_mode IN ('real', 'frozen', 'offset')),
    CONSTRAINT sandbox_profile_check CHECK (profile IN ('default', 'strict', 'lenient'))
);

-- Made once per installation and used by all its sandboxes; private keys are sealed by the vault.
CREATE TABLE network_key (
    network        text        NOT NULL,
    kid            text        NOT NULL,
    key_use        text        NOT NULL,
    private_sealed bytea       NOT NULL,
    active_from    timestamptz NOT NULL,
    retired_at     timestamptz,
    CONSTRAINT network_key_pkey PRIMARY KEY (network, kid),
    CONSTRAINT network_key_use_check CHECK (key_use IN ('sig', 'enc'))
);

-- A known text sealed by the vault: a start with another vault key is refused with a clear message.
CREATE TABLE vault_check (
    name   text  NOT NULL,
    sealed bytea NOT NULL,
    CONSTRAINT vault_check_pkey PRIMARY KEY (name)
);
