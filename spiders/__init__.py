"""One file per source, plus what a source needs to be read. Parsing is pure: bytes in, records out."""
