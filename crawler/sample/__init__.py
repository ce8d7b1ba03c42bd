"""A small world to try Ketamine Watch on: a catalogue of real records and a loopback server that serves them.

`articles.toml` and `registrations.toml` hold the records, `catalogue.py` reads and checks them, the server answers
in the real services' wire formats. See README.md for what in them is true and what is the sample's own.
"""
