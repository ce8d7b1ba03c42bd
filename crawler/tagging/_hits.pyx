# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""What `terms.Index`, `hits.Hits` and `mentions.find` do, compiled: see there for what each thing means."""

from cpython.mem cimport PyMem_Free, PyMem_Malloc
from cpython.unicode cimport PyUnicode_DATA, PyUnicode_KIND, PyUnicode_READ
from libc.stdint cimport uint16_t, uint64_t
from libc.string cimport memcpy

from crawler.tagging._programs cimport Program, Programs, number_of

from crawler.tagging import lexicon as lex
from crawler.tagging.hits import MOST_HITS, Hit
from crawler.tagging.mentions import Mention

cdef extern from *:
    int __builtin_clzll(unsigned long long) noexcept

cdef enum:
    _MOST_WORDS = 64  # of bits, one bit for each pattern

cdef int _FIRST_CHARACTER = lex.FIRST
cdef int _MOST_HITS = MOST_HITS
cdef uint16_t _STOP = number_of(ord(lex.STOP))
cdef object _new = tuple.__new__


cdef class Matcher:
    """All patterns, ready to be run, and what tells which may match; built once from a vocabulary."""

    cdef object index
    cdef Programs programs
    cdef dict cues  # cue -> its patterns and traps, as bytes of bits, and the words of them that are not empty
    cdef dict sections  # section -> patterns, as bytes of bits
    cdef int words  # of bits
    cdef uint64_t *needs  # sets of needs that a character can meet, three ranks one after the other
    cdef uint16_t *need_of  # by character: its row in `needs`
    cdef bytes free  # the needs that every sentence meets
    cdef list terms  # by character: its term, or None

    def __cinit__(self, vocabulary):
        cdef int characters = number_of(vocabulary.lexicon.end)
        index = vocabulary.index
        self.index = index
        self.words = (len(index.patterns) + 63) // 64
        if self.words > _MOST_WORDS:
            raise ValueError(f"the vocabulary has more than {64 * _MOST_WORDS} patterns")
        self.programs = Programs(index, characters)
        self.cues = {
            cue: (self._bits(asked), self._bits(traps), _lowest(asked) // 64, asked.bit_length() // 64 + 1)
            for cue, (asked, traps) in index.cues.items()
        }
        self.sections = {}
        self.terms = [None] * characters
        for char, term in vocabulary.by_char.items():
            self.terms[number_of(ord(char))] = term
        self._read_needs(characters)

    def __dealloc__(self):
        PyMem_Free(self.needs)
        PyMem_Free(self.need_of)

    cdef bytes _bits(self, number):
        return number.to_bytes(8 * self.words, "little")

    cdef bytes _ranks(self, number):
        cdef object size = len(self.index.patterns), rank  # no C integer holds so many bits
        cdef object mask = (1 << size) - 1
        return b"".join([self._bits(number >> rank * size & mask) for rank in range(3)])

    cdef int _read_needs(self, int characters) except -1:
        cdef dict rows = {}, met = {}
        cdef int row
        cdef bytes packed
        cdef int width = 3 * self.words * sizeof(uint64_t)
        self.need_of = <uint16_t *> PyMem_Malloc(characters * sizeof(uint16_t))
        for at, bits in enumerate(self.index.table):
            if bits:
                met[number_of(at)] = bits
        for number in range(characters):
            self.need_of[number] = rows.setdefault(met.get(number, 0), len(rows))
        self.needs = <uint64_t *> PyMem_Malloc(len(rows) * width)
        if not self.needs or not self.need_of:
            raise MemoryError
        for bits, row in rows.items():
            packed = self._ranks(bits)
            memcpy(<char *> self.needs + row * width, <char *> packed, width)
        self.free = self._ranks(self.index.free)

    cdef bytes section(self, str name):
        """The bits of the patterns that are asked for in a section."""
        if name not in self.sections:
            self.sections[name] = self._bits(self.index.allowed(name))
        return self.sections[name]


cdef int _lowest(bits):
    """The number of the lowest bit that is set."""
    return (bits & -bits).bit_length() - 1


cdef Matcher _matcher(encoder):
    if encoder.matcher is None:
        encoder.matcher = Matcher(encoder.vocabulary)
    return <Matcher> encoder.matcher


cdef class Hits(dict):
    """See `hits.Hits`."""

    cdef Matcher matcher
    cdef uint16_t *units
    cdef uint64_t *bits  # of each sentence: the patterns that may match in it
    cdef uint64_t anywhere[_MOST_WORDS]  # the same of all sentences together
    cdef int *starts
    cdef int *ends
    cdef int sentences, length

    def __cinit__(self, encoder, str units, int body, list section_starts, list section_names):
        cdef int kind = PyUnicode_KIND(units), at, count = 1
        cdef void *data = PyUnicode_DATA(units)
        cdef Matcher matcher = _matcher(encoder)
        self.matcher = matcher
        self.length = len(units)
        self.units = <uint16_t *> PyMem_Malloc((self.length + 1) * sizeof(uint16_t))
        if not self.units:
            raise MemoryError
        for at in range(self.length):
            self.units[at] = number_of(<int> PyUnicode_READ(kind, data, at))
            count += self.units[at] == _STOP
        self.bits = <uint64_t *> PyMem_Malloc(count * matcher.words * sizeof(uint64_t))
        self.starts = <int *> PyMem_Malloc(2 * count * sizeof(int))
        if not self.bits or not self.starts:
            raise MemoryError
        self.ends = self.starts + count
        self._cut(body, section_starts, section_names)

    def __init__(self, *_):
        super().__init__()

    def __dealloc__(self):
        PyMem_Free(self.units)
        PyMem_Free(self.bits)
        PyMem_Free(self.starts)

    cdef int _cut(self, int body, list section_starts, list section_names) except -1:
        """The sentences, and which patterns may match in each."""
        cdef int start = 0, at = 0, words = self.matcher.words, sections = len(section_starts), section = -1
        cdef bytes allowed = self.matcher.section("title")
        cdef int change = body
        while start < self.length:
            while start >= change:
                allowed = self.matcher.section("unlabelled" if section < 0 else section_names[section])
                section += 1
                change = <int> section_starts[section] if section < sections else self.length + 1
            at = start
            while at < self.length and self.units[at] != _STOP:
                at += 1
            if at > start:
                self._candidates(start, at, <uint64_t *> <char *> allowed)
            start = at + 1
        return 0

    cdef void _candidates(self, int start, int end, uint64_t *allowed) noexcept:
        cdef Matcher matcher = self.matcher
        cdef int words = matcher.words, at, word
        cdef uint64_t *met = self.bits + self.sentences * words
        cdef uint64_t ranks[3 * _MOST_WORDS]
        cdef uint64_t *row
        memcpy(ranks, <char *> matcher.free, 3 * words * sizeof(uint64_t))
        for at in range(start, end):
            row = matcher.needs + matcher.need_of[self.units[at]] * 3 * words
            for word in range(3 * words):
                ranks[word] |= row[word]
        for word in range(words):
            met[word] = ranks[word] & ranks[word + words] & ranks[word + 2 * words] & allowed[word]
            self.anywhere[word] |= met[word]
        self.starts[self.sentences], self.ends[self.sentences] = start, end
        self.sentences += 1

    def __missing__(self, str cue):
        found = self[cue] = self._search(cue, 0, self.sentences)
        return found

    def beside(self, str cue, int at):
        """The hits of a cue in the sentence of unit `at` only."""
        cdef int place = 0, low = 0, high = self.sentences
        while low < high:
            place = (low + high) // 2
            if self.starts[place] <= at:
                low = place + 1
            else:
                high = place
        key = (cue, low - 1)
        if key not in self:
            self[key] = self._search(cue, low - 1, low) if low else []
        return self[key]

    cdef list _search(self, str cue, int first, int last):
        cdef Matcher matcher = self.matcher
        cdef int words = matcher.words, sentence, word, before, number, low, high
        cdef list hits = [], to_trap = []
        cdef bytes of_cue, of_traps
        cdef uint64_t *asked
        cdef uint64_t *traps
        cdef uint64_t *bits
        cdef uint64_t found
        cdef bint trapped
        if cue not in matcher.cues:
            return hits
        of_cue, of_traps, low, high = matcher.cues[cue]
        high = min(high, words)
        found = 0
        for word in range(low, high):
            found |= self.anywhere[word] & (<uint64_t *> <char *> of_cue)[word]
        if not found:
            return hits
        asked, traps = <uint64_t *> <char *> of_cue, <uint64_t *> <char *> of_traps
        for sentence in range(first, last):
            bits = self.bits + sentence * words
            before = len(hits)
            for word in range(high - 1, low - 1, -1):
                found = bits[word] & asked[word]
                while found:
                    number = 63 - __builtin_clzll(found)
                    found ^= (<uint64_t> 1) << number
                    self._run(64 * word + number, sentence, hits)
            if len(hits) == before:
                continue
            for word in range(words):
                if bits[word] & traps[word]:
                    to_trap.append(sentence)
                    break
            if len(hits) > before + 1:
                hits[before:] = sorted(hits[before:], key=_in_order)
            if len(hits) >= _MOST_HITS:
                break
        for sentence in to_trap:
            bits = self.bits + sentence * words
            for word in range(words - 1, -1, -1):
                found = bits[word] & traps[word]
                while found:
                    number = 63 - __builtin_clzll(found)
                    found ^= (<uint64_t> 1) << number
                    hits = self._trap(64 * word + number, sentence, hits)
        return hits

    cdef int _run(self, int pattern, int sentence, list hits) except -1:
        cdef Matcher matcher = self.matcher
        cdef Program program = matcher.programs.get(pattern)
        cdef int low = 0, high = self.starts[sentence]
        while len(hits) < _MOST_HITS:
            high = matcher.programs.search(program, self.units, high, self.ends[sentence], &low)
            if high < 0:
                return 0
            number = None
            if matcher.programs.found:
                number = matcher.programs.numbers[0] if matcher.programs.found & 1 else -1
            hits.append(_new(Hit, (program.rule, low, high, number)))
        return 0

    cdef list _trap(self, int pattern, int sentence, list hits):
        """The hits without those that a trap of their rule overlaps."""
        cdef Matcher matcher = self.matcher
        cdef Program program = matcher.programs.get(pattern)
        cdef int low = 0, high = self.starts[sentence]
        cdef list spans = []
        while True:
            high = matcher.programs.search(program, self.units, high, self.ends[sentence], &low)
            if high < 0:
                break
            spans.append((low, high))
        if not spans:
            return hits
        return [
            hit for hit in hits
            if hit.rule.id != program.rule.id or not any([low < hit.end and hit.start < high for low, high in spans])
        ]


def _in_order(hit):
    return hit.start, -hit.end, hit.rule.id


def find(encoder, str units):
    """See `mentions.find`."""
    cdef Matcher matcher = _matcher(encoder)
    cdef int kind = PyUnicode_KIND(units), at
    cdef void *data = PyUnicode_DATA(units)
    cdef int char
    cdef dict terms = {}, groups = {}
    for at in range(len(units)):
        char = <int> PyUnicode_READ(kind, data, at)
        if char < _FIRST_CHARACTER:
            continue
        term = matcher.terms[number_of(char)]
        if term is not None:
            terms[at] = term
            mention = _new(Mention, (term, at))
            if term.group in groups:
                (<list> groups[term.group]).append(mention)
            else:
                groups[term.group] = [mention]
    return terms, groups
