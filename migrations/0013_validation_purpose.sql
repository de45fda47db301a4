-- What a one-time code proves: who somebody is, or one authentication. The one never serves the
-- other.
ALTER TABLE identity_validation
    ADD COLUMN purpose text NOT NULL DEFAULT 'IDENTITY',
    ADD CONSTRAINT identity_validation_purpose_check
        CHECK (purpose IN ('IDENTITY', 'AUTHENTICATION'));
