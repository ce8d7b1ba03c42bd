"""What bears on the sentences of watched articles: new evidence, notices on what they cite, decisions of regulators.

A record is matched to a claim by the tags of both, never by likeness of words alone, and each match says why in words.
Nothing here says that a drug works: a match asks a person to read, and the person's verdict stands.
"""
