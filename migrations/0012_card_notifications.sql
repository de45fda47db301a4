-- Card update notifications: where a client wants them, and the outbox they are delivered from.

ALTER TABLE client
    ADD COLUMN notification_url       text,
    ADD COLUMN notification_encrypted boolean NOT NULL DEFAULT false;

CREATE INDEX client_notified_idx ON client (sandbox_id, src_client_id)
    WHERE notification_url IS NOT NULL;

-- How many notifications the sandbox has had: the cursor of their list.
ALTER TABLE sandbox
    ADD COLUMN notification_count bigint NOT NULL DEFAULT 0;

-- Which clients were given a card's own number: they hear of its changes as holders of a token do.
CREATE TABLE pan_disclosure (
    sandbox_id          text NOT NULL,
    network             text NOT NULL,
    src_digital_card_id text NOT NULL,
    src_client_id       text NOT NULL,
    CONSTRAINT pan_disclosure_pkey
        PRIMARY KEY (sandbox_id, network, src_digital_card_id, src_client_id),
    CONSTRAINT pan_disclosure_card_fkey FOREIGN KEY (sandbox_id, network, src_digital_card_id)
        REFERENCES digital_card (sandbox_id, network, src_digital_card_id) ON DELETE CASCADE,
    CONSTRAINT pan_disclosure_client_fkey FOREIGN KEY (sandbox_id, src_client_id)
        REFERENCES client (sandbox_id, src_client_id) ON DELETE CASCADE
);

-- One row per client that shall hear of one change. event_time and next_attempt_at are simulated
-- time; leased_until is machine time: until then one worker delivers, and no other.
CREATE TABLE card_notification (
    sandbox_id          text        NOT NULL,
    network             text        NOT NULL,
    notification_id     text        NOT NULL,
    place               bigint      NOT NULL,
    src_client_id       text        NOT NULL,
    src_digital_card_id text        NOT NULL,
    reason_code         text        NOT NULL,
    event_time          timestamptz NOT NULL,
    notification        jsonb       NOT NULL,
    state               text        NOT NULL,
    attempts            jsonb       NOT NULL,
    failures            integer     NOT NULL,
    next_attempt_at     timestamptz NOT NULL,
    delivered_at        timestamptz,
    leased_until        timestamptz,
    CONSTRAINT card_notification_pkey PRIMARY KEY (sandbox_id, network, notification_id),
    CONSTRAINT card_notification_place_key UNIQUE (sandbox_id, place),
    CONSTRAINT card_notification_client_fkey FOREIGN KEY (sandbox_id, src_client_id)
        REFERENCES client (sandbox_id, src_client_id) ON DELETE CASCADE,
    CONSTRAINT card_notification_state_check
        CHECK (state IN ('PENDING', 'DELIVERED', 'GIVEN_UP'))
);

CREATE INDEX card_notification_pending_idx
    ON card_notification (sandbox_id, next_attempt_at) WHERE state = 'PENDING';
CREATE INDEX card_notification_card_idx
    ON card_notification (sandbox_id, src_digital_card_id, network);
