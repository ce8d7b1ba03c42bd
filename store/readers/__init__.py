"""Who reads the digest: a SQLite file of its own, never published, that only its owner may open.

People (`people`), the tokens in their mails (`tokens`), what was sent to them (`ledger`). No address leaves this file but
in the envelope and the To line of a mail.
"""
