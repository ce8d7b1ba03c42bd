"""Tags with their evidence: indication, design, drug, route, comparator, population, size and more.

The rules read a vocabulary that a clinician can edit (`vocabulary/*.toml`); docs/tagging.md says how far to trust them.
"""

from crawler.tagging.tagger import RULES_VERSION, Tagger, derive

__all__ = ["RULES_VERSION", "Tagger", "derive"]
