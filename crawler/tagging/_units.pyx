# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""What `encoding.Field` and `units.Units` do, compiled: see there for what each thing means.

Offsets of tokens and units stand in plain arrays, filled in one walk over the pieces of a text. What is rare
(markup, labels of sections, a text all in capitals) is asked of the Python functions.
"""

from cpython.dict cimport PyDict_GetItem
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from cpython.ref cimport PyObject
from cpython.unicode cimport PyUnicode_DATA, PyUnicode_FromKindAndData, PyUnicode_KIND, PyUnicode_READ
from libc.stdint cimport uint16_t

from crawler.tagging._tables cimport Node, Piece, Tables

from crawler.tagging import lexicon as lex
from crawler.tagging.encoding import CLOSED, LABEL, NOTHING, SMALL, pieces_of
from crawler.tagging.text import LABEL_PIECES, MAX_CHARACTERS, SECTION_OF, label_end
from crawler.tagging.units import FAR

cdef extern from "Python.h":
    bint Py_UNICODE_ISSPACE(Py_UCS4 char)

cdef uint16_t _STOP = ord(lex.STOP)
cdef uint16_t _NUMBER = ord(lex.NUMBER)
cdef Py_UCS4 _A_SMALL_ONE = ord(SMALL)
cdef Py_UCS4 _A_LABEL = ord(LABEL)
cdef Py_UCS4 _NO_WORDS = ord(NOTHING)
cdef Py_UCS4 _CLOSED_END = ord(CLOSED)
cdef int _FAR = FAR
cdef int _FIRST_CHARACTER = lex.FIRST
cdef str _ONE_LINE_BREAK = "\n"


cdef class Units:
    """See `units.Units`."""

    cdef readonly object vocabulary
    cdef readonly str title_text, abstract_text
    cdef public str units
    cdef readonly int body
    cdef readonly list section_starts, section_names
    cdef uint16_t *_codes  # of tokens; then of units
    cdef int *_starts  # of tokens, in characters of their field
    cdef int *_ends
    cdef int *_first  # of units: first and last token
    cdef int *_last
    cdef int _tokens, _body_token, _count

    def __init__(self, encoder, str title, str abstract):
        cdef int most = min(len(title), MAX_CHARACTERS) + min(len(abstract), MAX_CHARACTERS) + 2
        cdef Tables tables
        if encoder.tables is None:
            encoder.tables = Tables(encoder)
        tables = encoder.tables
        if self._codes:
            raise RuntimeError("a reading is made once")
        self._codes = <uint16_t *> PyMem_Malloc(most * (sizeof(uint16_t) + 4 * sizeof(int)) + sizeof(int))
        if not self._codes:
            raise MemoryError
        self._starts = <int *> ((<size_t> (self._codes + most) + sizeof(int) - 1) & ~(sizeof(int) - 1))
        self._ends, self._first, self._last = self._starts + most, self._starts + 2 * most, self._starts + 3 * most
        self.vocabulary = encoder.vocabulary
        self.title_text, self.abstract_text = title, abstract
        self.section_names = []
        self._encode(tables, title, False)
        self._body_token = self._tokens
        sections = self._encode(tables, abstract, True)
        self.section_starts = self._merge(tables, sections)

    def __dealloc__(self):
        PyMem_Free(self._codes)

    cdef list _encode(self, Tables tables, str text, bint labelled):
        """Add the tokens of a field; give those at which a labelled section starts."""
        cdef str known = text if len(text) <= MAX_CHARACTERS else text[:MAX_CHARACTERS]
        cdef int kind = PyUnicode_KIND(known), length = len(known), token = self._tokens, place = 0, number = 0
        cdef void *data = PyUnicode_DATA(known)
        cdef int waiting = -1, offset, at
        cdef bint in_capitals = text.isupper()
        cdef list pieces, starts, labels = []
        cdef Piece piece
        cdef str word
        cdef uint16_t code = 0
        cdef Py_UCS4 char
        pieces, starts = pieces_of(known)
        for number in range(len(pieces)):
            word = <str> pieces[number]
            piece = tables.piece(word, in_capitals)
            if starts:
                offset = <int> starts[number] + number
            else:
                while place < length:
                    char = PyUnicode_READ(kind, data, place)
                    if char == 10 or not (char == 32 or Py_UNICODE_ISSPACE(char)):
                        break
                    place += 1
                if word == _ONE_LINE_BREAK:
                    while PyUnicode_READ(kind, data, place) != 10:
                        place += 1
                offset = place
                place += len(word)
            if piece.kind == _NO_WORDS:
                waiting = -1
                continue
            if piece.kind == _A_SMALL_ONE:
                if waiting >= 0:  # no sentence ends before a small letter
                    self._codes[waiting] = tables.dot
            elif piece.kind == _A_LABEL and labelled and (waiting >= 0 or number == 0):
                labels.append((number, token))
            waiting = -1
            for at in range(piece.count):
                code = piece.codes[at]
                if code == _CLOSED_END:
                    code = _STOP
                    waiting = token
                self._codes[token] = code
                self._starts[token] = offset + piece.starts[at]
                self._ends[token] = offset + piece.ends[at]
                token += 1
            if code == _STOP and piece.count:
                waiting = token - 1
        self._codes[token] = _STOP
        self._starts[token] = self._ends[token] = len(text)
        self._tokens = token + 1
        return self._label(tables, pieces, labels) if labels else labels

    cdef list _label(self, Tables tables, list pieces, list labels):
        """Note the sections; turn their labels into sentence ends."""
        cdef list found = [], words
        cdef int number, token, at
        for number, token in labels:
            words = []
            for piece in pieces[number : number + LABEL_PIECES]:
                words += [piece[start:end] for start, end in tables.encoder.spans[piece]]
                if piece.endswith(":") and len(words) > 1:
                    break
            if length := label_end(words, 0):
                found.append(token)
                self.section_names.append(SECTION_OF[words[0].casefold()])
                for at in range(token, token + <int> length):
                    self._codes[at] = _STOP
        return found

    cdef list _merge(self, Tables tables, list sections):
        """Make units of tokens: each term of several words is one, the longest that starts at a place."""
        cdef int token = 0, unit = 0, end, next_section = 0
        cdef int section = sections[0] if sections else -1
        cdef list starts = []
        cdef uint16_t code, found
        while token < self._tokens:
            if token == self._body_token:
                self.body = unit
            if token == section:
                starts.append(unit)
                next_section += 1
                section = sections[next_section] if next_section < len(sections) else -1
            code = found = self._codes[token]
            end = token + 1
            if code >= _FIRST_CHARACTER:
                end = self._term(tables, token, &found)
                if end == token:
                    end = self._number_end(tables, token)
                    if end - token > 1:
                        found = _NUMBER
                    else:  # "two" stays a word that patterns know
                        end = token + 1
            self._first[unit], self._last[unit] = token, end - 1
            self._codes[unit] = found
            unit += 1
            token = end
        self._count = unit
        self.units = PyUnicode_FromKindAndData(2, self._codes, unit)
        return starts

    cdef int _term(self, Tables tables, int token, uint16_t *found):
        """Where the longest term of several words that starts at a token ends (and its character); else the token."""
        cdef Node node = tables.root(self._codes[token])
        cdef int end = token, position = token + 1
        cdef PyObject *below
        if node is None:
            return end
        while position < self._tokens:
            below = PyDict_GetItem(node.following, <object> <int> self._codes[position])
            position += 1
            if not below:
                break
            node = <Node> below
            if node.ends:
                found[0] = node.ends
                end = position
        return end

    cdef int _number_end(self, Tables tables, int at):
        """The token after a number in words that starts at a token ("one hundred and twenty-seven")."""
        while at < self._tokens and tables.is_number(self._codes[at]):
            at += 1
            if (
                at + 1 < self._tokens
                and self._codes[at] == tables.number_joint
                and tables.is_power(self._codes[at - 1])
                and tables.is_number(self._codes[at + 1])
            ):
                at += 1
        return at

    cdef bint _tokens_of(self, int start, int end, int *first, int *last) except -1:
        """First and last token of units `start` to `end` (exclusive); whether they are the title's."""
        if not 0 <= start < self._count or not 0 < end <= self._count:
            raise IndexError("no such unit")
        first[0], last[0] = self._first[start], self._last[end - 1]
        if first[0] >= self._body_token:
            return False
        if last[0] >= self._body_token:
            last[0] = self._body_token - 1
        return True

    cpdef tuple span(self, int start, int end):
        cdef int first, last
        cdef bint title = self._tokens_of(start, end, &first, &last)
        return "title" if title else "abstract", self._starts[first], self._ends[last]

    cpdef str text(self, int start, int end):
        cdef int first, last
        cdef bint title = self._tokens_of(start, end, &first, &last)
        return (self.title_text if title else self.abstract_text)[self._starts[first] : self._ends[last]]

    cpdef str word(self, int at):
        return self.text(at, at + 1)

    cpdef str field_text(self, str field):
        return self.title_text if field == "title" else self.abstract_text

    cpdef object between(self, int before, int after):
        cdef int first, last, later, latest
        cdef bint title = self._tokens_of(before, before + 1, &first, &last)
        if title != self._tokens_of(after, after + 1, &later, &latest):
            return None
        return (self.title_text if title else self.abstract_text)[self._ends[last] : self._starts[later]]

    cpdef tuple sentence(self, int at):
        cdef int first = max(0, at - _FAR), last = min(self._count, at + _FAR), start = at, end = at
        while start > first and self._codes[start - 1] != _STOP:
            start -= 1
        while end < last and self._codes[end] != _STOP:
            end += 1
        return start, end

    cpdef object section(self, int at):
        cdef int place = len(self.section_starts)
        if at < self.body:
            return "title"
        while place and <int> self.section_starts[place - 1] > at:
            place -= 1
        return self.section_names[place - 1] if place else None
