-- Pages are found by their key under plans made once: nobody asks for statistics of the journal.
-- As it turns over within seconds under load, they would be made anew all the time.
ALTER TABLE journal_page SET (
    autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 2147483647
);
