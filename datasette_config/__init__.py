"""The public face: what Datasette needs to show the database well."""
