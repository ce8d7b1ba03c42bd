"""The ground floor: one SQLite file, its schema, and how records get in and out. Knows no network."""

DEFAULT_DATABASE = "ketamine.db"
