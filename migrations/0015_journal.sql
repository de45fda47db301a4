-- The journal: every call of the protocol port with its answer, bounded per sandbox.

-- How far the sandbox's journal has come. Entries below first_place are given up, whether or not
-- they have been removed yet; up to cleared_place they were cleared on purpose. lost counts those
-- that could not be written. recorded_at and cleared_at are machine time.
CREATE TABLE journal (
    sandbox_id       text        NOT NULL,
    last_place       bigint      NOT NULL,
    first_place      bigint      NOT NULL,
    cleared_place    bigint      NOT NULL,
    lost             bigint      NOT NULL,
    cleared_at       timestamptz NOT NULL,
    disclosure_count bigint      NOT NULL DEFAULT 0,
    CONSTRAINT journal_pkey PRIMARY KEY (sandbox_id),
    CONSTRAINT journal_sandbox_fkey FOREIGN KEY (sandbox_id)
        REFERENCES sandbox (sandbox_id) ON DELETE CASCADE
) WITH (fillfactor = 20);

-- What is looked for stands in columns; headers, bodies and the rest are one document, sealed by
-- the vault. No foreign key: it would cost a look-up per row of a COPY.
CREATE TABLE journal_entry (
    sandbox_id         text        NOT NULL,
    place              bigint      NOT NULL,
    recorded_at        timestamptz NOT NULL,
    network            text        NOT NULL,
    operation          text        NOT NULL,
    status             integer     NOT NULL,
    reason             text        NOT NULL,
    src_client_id      text,
    src_correlation_id text,
    exchange_sealed    bytea       NOT NULL,
    CONSTRAINT journal_entry_pkey PRIMARY KEY (sandbox_id, place)
) WITH (toast_tuple_target = 8160);

-- Sealed bytes do not get smaller, and a row that fits a page costs half of one in several pieces.
ALTER TABLE journal_entry ALTER COLUMN exchange_sealed SET STORAGE EXTERNAL;

-- Who read entries without masks: machine time, remote address, whether the control token was
-- given, and the places that were shown.
CREATE TABLE journal_disclosure (
    sandbox_id     text        NOT NULL,
    disclosure     bigint      NOT NULL,
    disclosed_at   timestamptz NOT NULL,
    remote_address text        NOT NULL,
    used_token     boolean     NOT NULL,
    view           text        NOT NULL,
    first_place    bigint      NOT NULL,
    last_place     bigint      NOT NULL,
    CONSTRAINT journal_disclosure_pkey PRIMARY KEY (sandbox_id, disclosure),
    CONSTRAINT journal_disclosure_sandbox_fkey FOREIGN KEY (sandbox_id)
        REFERENCES sandbox (sandbox_id) ON DELETE CASCADE
);
