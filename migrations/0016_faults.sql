-- Fault rules: what a tester asks to go wrong, how often it did, and what is still to come of it.

-- document is the rule as it was written. What is counted or compared while calls run beside each
-- other has columns of its own. calls is the number of calls after which a state changes.
CREATE TABLE fault_rule (
    sandbox_id        text        NOT NULL,
    rule_id           text        NOT NULL,
    place             bigint      NOT NULL,
    document          jsonb       NOT NULL,
    slot              text        NOT NULL,
    nth               bigint[],
    times             bigint,
    max_consecutive   bigint,
    calls             bigint,
    quota_limit       bigint,
    quota_period      interval,
    matched_count     bigint      NOT NULL DEFAULT 0,
    applied_count     bigint      NOT NULL DEFAULT 0,
    consecutive_count bigint      NOT NULL DEFAULT 0,
    window_began_at   timestamptz,
    window_count      bigint      NOT NULL DEFAULT 0,
    created_at        timestamptz NOT NULL,
    CONSTRAINT fault_rule_pkey PRIMARY KEY (sandbox_id, rule_id),
    CONSTRAINT fault_rule_place_key UNIQUE (sandbox_id, place),
    CONSTRAINT fault_rule_sandbox_fkey FOREIGN KEY (sandbox_id)
        REFERENCES sandbox (sandbox_id) ON DELETE CASCADE,
    CONSTRAINT fault_rule_quota_check CHECK ((quota_limit IS NULL) = (quota_period IS NULL))
);

-- How often the dice were rolled for calls about the same person or card: the next roll follows.
CREATE TABLE fault_roll (
    sandbox_id text   NOT NULL,
    rule_id    text   NOT NULL,
    subject    text   NOT NULL,
    roll_count bigint NOT NULL,
    CONSTRAINT fault_roll_pkey PRIMARY KEY (sandbox_id, rule_id, subject),
    CONSTRAINT fault_roll_rule_fkey FOREIGN KEY (sandbox_id, rule_id)
        REFERENCES fault_rule (sandbox_id, rule_id) ON DELETE CASCADE
);

-- A change of state that waits for its time, by the sandbox's clock. cause is the rule's id or what
-- else asked for it; the same cause asks once for the same card or consumer.
CREATE TABLE state_change (
    sandbox_id text        NOT NULL,
    network    text        NOT NULL,
    cause      text        NOT NULL,
    kind       text        NOT NULL,
    subject_id text        NOT NULL,
    status     text        NOT NULL,
    due_at     timestamptz NOT NULL,
    CONSTRAINT state_change_pkey PRIMARY KEY (sandbox_id, network, cause, kind, subject_id),
    CONSTRAINT state_change_kind_check CHECK (kind IN ('card', 'consumer')),
    CONSTRAINT state_change_sandbox_fkey FOREIGN KEY (sandbox_id)
        REFERENCES sandbox (sandbox_id) ON DELETE CASCADE
);

CREATE INDEX state_change_due_idx ON state_change (sandbox_id, due_at);
