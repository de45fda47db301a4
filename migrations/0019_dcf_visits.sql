-- Visits to a DCF's pages: what a consumer is shown, how far she has come, how it ended.

-- request: what the visit is for. progress: where it stands, and what was chosen. turn: grows with
-- every action, so that one that is sent twice is done once; busy_until is machine time. `ordinal`
-- counts within a session and makes the derived ids differ.
CREATE TABLE dcf_visit (
    sandbox_id         text        NOT NULL,
    network            text        NOT NULL,
    visit_id           text        NOT NULL,
    src_correlation_id text        NOT NULL,
    ordinal            integer     NOT NULL,
    src_client_id      text        NOT NULL,
    opener_origin      text,
    display            text        NOT NULL,
    request            jsonb       NOT NULL,
    progress           jsonb       NOT NULL,
    turn               integer     NOT NULL,
    busy_until         timestamptz,
    result             jsonb,
    created_at         timestamptz NOT NULL,
    expires_at         timestamptz NOT NULL,
    CONSTRAINT dcf_visit_pkey PRIMARY KEY (sandbox_id, network, visit_id),
    CONSTRAINT dcf_visit_ordinal_key UNIQUE (sandbox_id, src_correlation_id, ordinal, network),
    CONSTRAINT dcf_visit_display_check
        CHECK (display IN ('POPUP', 'IFRAME', 'WINDOW', 'WEBVIEW'))
);
