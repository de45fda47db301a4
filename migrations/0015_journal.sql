-- The journal: every call of the protocol port with its answer, bounded per sandbox.

-- How far the sandbox's journal has come. Entries below first_place are given up, whether or not
-- they have been removed yet; up to cleared_place they were cleared on purpose, and what was
-- recorded before cleared_at (machine time) is not wanted. lost counts what could not be written.
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

-- Entries that one worker wrote together, sealed by the vault as one document: a row for each would
-- cost twice as much. Their places end at last_place. `holds` are operations, networks, statuses,
-- reasons, clients and sessions in it, to pass over pages where a search finds nothing.
CREATE TABLE journal_page (
    sandbox_id  text    NOT NULL,
    last_place  bigint  NOT NULL,
    entry_count integer NOT NULL,
    holds       text[]  NOT NULL,
    sealed      bytea   NOT NULL,
    CONSTRAINT journal_page_pkey PRIMARY KEY (sandbox_id, last_place)
) WITH (
    -- A single entry stays in its row.
    toast_tuple_target = 8160,
    -- As much is removed as is written: clean up when half is dead, not twelve times a minute.
    autovacuum_vacuum_scale_factor = 1,
    autovacuum_vacuum_insert_threshold = -1,
    toast.autovacuum_vacuum_scale_factor = 1,
    toast.autovacuum_vacuum_insert_threshold = -1
);

-- Sealed bytes do not get smaller.
ALTER TABLE journal_page ALTER COLUMN sealed SET STORAGE EXTERNAL;

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
