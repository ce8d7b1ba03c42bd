"""Tags with their evidence: indication, design, drug, route, comparator, population, size and more.

The rules read a vocabulary that a clinician can edit (`vocabulary/*.toml`); docs/tagging.md says how far to trust them.
How a text becomes tags, in the order of the modules:

1. `text` says what a word, a number and a sign is. `lexicon` gives each word that the vocabulary knows a character of
   its own, all other words "w", numbers "0", the end of a sentence ".". `encoding` cuts a text at its blanks and looks
   each piece up: "Forty patients were randomised." becomes, say, "四乲么乕.".
2. `units` makes one character of a term or a number of several words, so that n characters are n units of meaning.
   It alone knows the way back: which characters of the title or the abstract a unit was.
3. A rule's pattern (`patterns`) is an ordinary regular expression over such a string. `vocabulary` compiles all
   patterns once; `terms` holds them with an index: of the thousand patterns only those are run whose needed
   characters stand in a sentence, a dozen or so.
4. `reading` is one record, read: the terms mentioned, and for each cue (what a rule is evidence of) the `hits`, found
   when somebody asks for them and kept. A hit that overlaps a trap of its own rule does not count.
5. The rule modules (`designs`, `indications`, `comparisons`, `substances`, `doses`, `sizes`, `people`, `topics`) weigh
   hits and mentions and give tags; `headings` and `registry` do so for publication types, MeSH and registrations;
   `tagger` puts them together.

No step takes more than linear time: gaps in patterns are short and never cross the end of a sentence.
"""

from crawler.tagging.tagger import RULES_VERSION, Tagger, derive

__all__ = ["RULES_VERSION", "Tagger", "derive"]
