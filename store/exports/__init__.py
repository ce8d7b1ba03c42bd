"""Lists of works as files and feeds: RIS, BibTeX, NBIB, CSL-JSON, Atom, JSON Feed."""
