-- What updating cards and addresses needs.

-- art_uri: the issuer's own card art. security_code_fingerprint: keyed, so that a code can be
-- compared and never read; NULL when none was ever given.
ALTER TABLE digital_card
    ADD COLUMN art_uri                   text,
    ADD COLUMN security_code_fingerprint bytea;

-- How many shipping addresses the consumer has ever had: it makes derived address ids differ.
ALTER TABLE consumer
    ADD COLUMN shipping_address_count integer NOT NULL DEFAULT 0;
