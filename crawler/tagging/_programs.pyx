# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Runs the patterns of `programs.py` over units: for each the first match, as `re` would find it.

A program is run by backtracking; the alternatives are tried in the order in which `re` tries those of the expression.
Characters are known by small numbers; sets of them are rows of bits.
"""

from cpython.mem cimport PyMem_Free, PyMem_Malloc
from libc.stdint cimport uint8_t, uint16_t
from libc.string cimport memcpy, memset

from crawler.tagging import lexicon as lex
from crawler.tagging.programs import ANY, END, GAP, JUMP, NUMBER, SPLIT, START, program

cdef enum:
    _SPECIAL = 8  # numbers of characters below the lexicon's first: word, sign, number, end of a sentence
    _MOST_WAITING = 512  # alternatives that one match may keep open: no pattern has so many instructions

cdef int _FIRST_CHARACTER = lex.FIRST
cdef int _ANY = ANY, _END = END, _GAP = GAP, _JUMP = JUMP, _NUMBER = NUMBER, _SPLIT = SPLIT, _START = START
cdef dict _NUMBERS = {char: at for at, char in enumerate((lex.STOP, lex.WORD, lex.SIGN, lex.NUMBER))}
cdef uint16_t _STOP = 0

cdef int number_of(int char) except -1:
    """The number by which a character is known here."""
    if char >= _FIRST_CHARACTER:
        return char - _FIRST_CHARACTER + _SPECIAL
    return _NUMBERS[chr(char)]


cdef class Program:
    """A compiled pattern. An instruction is (what, where or which set, how often or which number)."""

    def __cinit__(self, rule, list instructions, int first):
        self.rule = rule
        self.first = first
        self.code = <int *> PyMem_Malloc(3 * len(instructions) * sizeof(int))
        if not self.code:
            raise MemoryError
        if len(instructions) >= _MOST_WAITING or sum(one[0] == _NUMBER for one in instructions) > MOST_NUMBERS:
            raise ValueError(f"rule {rule.id}: too long a pattern, or too many numbers in it")
        for at, (what, one, other) in enumerate(instructions):
            self.code[3 * at], self.code[3 * at + 1], self.code[3 * at + 2] = what, one, other

    def __dealloc__(self):
        PyMem_Free(self.code)


cdef inline bint _has(uint8_t *members, int start, uint16_t char) noexcept:
    """Whether a character is in the set whose row starts there."""
    return members[start + (char >> 3)] >> (char & 7) & 1


cdef struct _Waiting:  # an alternative that is still to be tried
    int at, place, left, numbers


cdef class Programs:
    """All patterns of an index, ready to be run."""

    def __cinit__(self, index, int characters):
        self.index = index
        self.stride = (characters + 7) // 8
        self.programs = [None] * len(index.patterns)
        self.sets = {}

    def __dealloc__(self):
        PyMem_Free(self.members)

    cdef int _set(self, chars, bint inverse) except -2:
        """The row of the units that are (or are not) in a set of characters; made on first use."""
        cdef uint8_t *larger
        cdef int row, number
        key = chars, inverse
        if key in self.sets:
            return self.sets[key]
        row = len(self.sets)
        if row >= self.room:
            larger = <uint8_t *> PyMem_Malloc((2 * self.room + 64) * self.stride)
            if not larger:
                raise MemoryError
            memcpy(larger, self.members, self.room * self.stride)
            PyMem_Free(self.members)
            self.members, self.room = larger, 2 * self.room + 64
        memset(self.members + row * self.stride, 0xFF if inverse else 0, self.stride)
        for char in chars:
            number = number_of(ord(char))
            self.members[row * self.stride + (number >> 3)] ^= 1 << (number & 7)
        self.sets[key] = row
        return row

    cdef Program get(self, int number):
        if self.programs[number] is None:
            pattern = self.index.patterns[number]
            instructions, first = program(pattern.tree, self.index.resolve)
            sets = [
                (what, self._set(chars, what == GAP) if what in (ANY, GAP, NUMBER) else value, value)
                for what, chars, value in instructions
            ]
            self.programs[number] = Program(pattern.rule, sets, -1 if first is None else self._set(first, False))
        return <Program> self.programs[number]

    cdef int search(self, Program program, uint16_t *units, int start, int end, int *low) noexcept:
        """Where the first match between two units ends (and where it starts); -1 if there is none."""
        cdef int high, first = program.first * self.stride
        while start < end:
            if first < 0 or _has(self.members, first, units[start]):
                high = self._run(program.code, units, start, end)
                if high >= 0:
                    low[0] = start
                    return high
            start += 1
        return -1

    cdef int _run(self, int *code, uint16_t *units, int place, int end) noexcept:
        """Where a match that starts at a place ends; -1 if none does."""
        cdef _Waiting waiting[_MOST_WAITING]
        cdef int open = 0, at = 0, what, one, stride = self.stride
        cdef uint8_t *members = self.members
        self.found = 0
        while True:
            what, one = code[at], code[at + 1]
            if what == _ANY:
                if place < end and _has(members, one * stride, units[place]):
                    place += 1
                    at += 3
                    continue
            elif what == _GAP:
                waiting[open].at, waiting[open].place = at, place
                waiting[open].left, waiting[open].numbers = code[at + 2], self.found
                open += 1
                at += 3
                continue
            elif what == _SPLIT:
                waiting[open].at, waiting[open].place = 3 * one, place
                waiting[open].left, waiting[open].numbers = -1, self.found
                open += 1
                at += 3
                continue
            elif what == _JUMP:
                at = 3 * one
                continue
            elif what == _NUMBER:
                if place < end and _has(members, one * stride, units[place]):
                    self.numbers[code[at + 2]] = place
                    self.found |= 1 << code[at + 2]
                    place += 1
                    at += 3
                    continue
            elif what == _START:
                if place == 0 or units[place - 1] == _STOP:
                    at += 3
                    continue
            elif what == _END:
                if place >= end or units[place] == _STOP:
                    at += 3
                    continue
            else:
                return place
            while True:  # it fails here: go on with the last alternative that is open
                if not open:
                    return -1
                open -= 1
                at, place, self.found = waiting[open].at, waiting[open].place, waiting[open].numbers
                if waiting[open].left < 0:
                    break
                if waiting[open].left and place < end and _has(members, code[at + 1] * stride, units[place]):
                    place += 1
                    waiting[open].place, waiting[open].left = place, waiting[open].left - 1
                    open += 1
                    at += 3
                    break


