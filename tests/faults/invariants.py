"""What must hold in the database whatever happened: each statement finds the rows that break it."""

# Parameters of all: the sandbox.
BROKEN = {
    "a checkout without its session": """
        SELECT c.checkout_id FROM checkout AS c
         WHERE c.sandbox_id = $1 AND NOT EXISTS (
            SELECT 1 FROM checkout_session AS s
             WHERE s.sandbox_id = c.sandbox_id AND s.network = c.network
               AND s.src_correlation_id = c.src_correlation_id
               AND s.src_client_id = c.src_client_id
               AND s.src_consumer_id = c.src_consumer_id)
    """,
    "a session that says complete without a checkout": """
        SELECT s.src_correlation_id FROM checkout_session AS s
         WHERE s.sandbox_id = $1
           AND s.state IN ('PENDING_AUTH', 'COMPLETE', 'PAYLOAD_RETRIEVED', 'CONFIRMED')
           AND NOT EXISTS (
            SELECT 1 FROM checkout AS c
             WHERE c.sandbox_id = s.sandbox_id AND c.network = s.network
               AND c.src_correlation_id = s.src_correlation_id)
    """,
    "a session behind its checkout": """
        SELECT s.src_correlation_id FROM checkout_session AS s
          JOIN checkout AS c
            ON c.sandbox_id = s.sandbox_id AND c.network = s.network
           AND c.src_correlation_id = s.src_correlation_id
         WHERE s.sandbox_id = $1
           AND s.state NOT IN ('PENDING_AUTH', 'COMPLETE', 'PAYLOAD_RETRIEVED', 'CONFIRMED')
    """,
    "a checkout without a cryptogram": """
        SELECT c.checkout_id FROM checkout AS c
         WHERE c.sandbox_id = $1 AND NOT EXISTS (
            SELECT 1 FROM cryptogram AS g
             WHERE g.sandbox_id = c.sandbox_id AND g.network = c.network
               AND g.checkout_id = c.checkout_id)
    """,
    "a cryptogram without its checkout": """
        SELECT g.checkout_id FROM cryptogram AS g
         WHERE g.sandbox_id = $1 AND NOT EXISTS (
            SELECT 1 FROM checkout AS c
             WHERE c.sandbox_id = g.sandbox_id AND c.network = g.network
               AND c.checkout_id = g.checkout_id)
    """,
    "a hole in a checkout's ordinals": """
        SELECT g.checkout_id FROM cryptogram AS g
         WHERE g.sandbox_id = $1
         GROUP BY g.network, g.checkout_id
        HAVING min(g.ordinal) <> 0 OR max(g.ordinal) + 1 <> count(*)
    """,
    "a cryptogram issued twice": """
        SELECT encode(g.value_fingerprint, 'hex') FROM cryptogram AS g
         WHERE g.sandbox_id = $1 AND g.value_fingerprint IS NOT NULL
         GROUP BY g.value_fingerprint HAVING count(*) > 1
    """,
    "two checkouts of one transaction and card": """
        SELECT c.srci_transaction_id FROM checkout AS c
         WHERE c.sandbox_id = $1
         GROUP BY c.network, c.src_client_id, c.srci_transaction_id, c.src_digital_card_id
        HAVING count(*) > 1
    """,
    "two cards of one number in a profile": """
        SELECT d.src_consumer_id FROM digital_card AS d
         WHERE d.sandbox_id = $1
         GROUP BY d.network, d.src_consumer_id HAVING count(*) > 1
    """,
    "a card without its consumer": """
        SELECT d.src_digital_card_id FROM digital_card AS d
         WHERE d.sandbox_id = $1 AND NOT EXISTS (
            SELECT 1 FROM consumer AS p
             WHERE p.sandbox_id = d.sandbox_id AND p.network = d.network
               AND p.src_consumer_id = d.src_consumer_id)
    """,
    "a consumer without an identity or a card": """
        SELECT p.src_consumer_id FROM consumer AS p
         WHERE p.sandbox_id = $1 AND (
            NOT EXISTS (
                SELECT 1 FROM consumer_identity AS i
                 WHERE i.sandbox_id = p.sandbox_id AND i.network = p.network
                   AND i.src_consumer_id = p.src_consumer_id)
            OR NOT EXISTS (
                SELECT 1 FROM digital_card AS d
                 WHERE d.sandbox_id = p.sandbox_id AND d.network = p.network
                   AND d.src_consumer_id = p.src_consumer_id))
    """,
}

ANSWERED = """
    SELECT c.network, c.srci_transaction_id, c.src_correlation_id, count(g.ordinal) AS cryptograms
      FROM checkout AS c
      JOIN cryptogram AS g
        ON g.sandbox_id = c.sandbox_id AND g.network = c.network AND g.checkout_id = c.checkout_id
     WHERE c.sandbox_id = $1
     GROUP BY c.network, c.srci_transaction_id, c.src_correlation_id
"""
