"""The digest: what is new for an audience, as an issue that is built once and then shown and sent."""
