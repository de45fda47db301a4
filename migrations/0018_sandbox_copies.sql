-- Copies of sandboxes: forks, called by a name of their own, and snapshots, which nobody calls.

-- From here on a sandbox's rows belong to its sandbox_id and callers know its name: putting it back
-- to a snapshot gives the name to fresh rows, and what is under way ends with the old ones. A row
-- without a name is a snapshot, or a sandbox that is over and waits to be removed.
-- sealed_for: what the vault's seals are bound to, so that they open in a copy too.
-- era: grows with every copy that is taken; tokens bear it. lineage: eras of other sandboxes, and
-- earlier ones of its own, whose tokens are good here as well: [{"name", "first", "last"}].
ALTER TABLE sandbox
    ADD COLUMN name                       text,
    ADD COLUMN sealed_for                 text,
    ADD COLUMN era                        bigint NOT NULL DEFAULT 0,
    ADD COLUMN first_era                  bigint NOT NULL DEFAULT 0,
    ADD COLUMN lineage                    jsonb  NOT NULL DEFAULT '[]',
    ADD COLUMN first_clock_mode           text,
    ADD COLUMN first_clock_at             timestamptz,
    ADD COLUMN first_clock_offset_seconds double precision,
    ADD COLUMN removable_at               timestamptz,
    ADD CONSTRAINT sandbox_name_key UNIQUE (name);

UPDATE sandbox
   SET name = sandbox_id, sealed_for = sandbox_id, first_clock_mode = clock_mode,
       first_clock_at = clock_at, first_clock_offset_seconds = clock_offset_seconds;

-- taken_at is machine time, simulated_at what the sandbox's clock showed.
CREATE TABLE snapshot (
    sandbox_id    text        NOT NULL,
    snapshot_name text        NOT NULL,
    copy_id       text        NOT NULL,
    taken_at      timestamptz NOT NULL,
    simulated_at  timestamptz NOT NULL,
    CONSTRAINT snapshot_pkey PRIMARY KEY (sandbox_id, snapshot_name),
    CONSTRAINT snapshot_sandbox_fkey FOREIGN KEY (sandbox_id)
        REFERENCES sandbox (sandbox_id) ON DELETE CASCADE
);
