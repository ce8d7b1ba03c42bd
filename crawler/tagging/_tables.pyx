# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""What the compiled reading of texts (`_units.pyx`) looks things up in: pieces of text, terms of several words, numbers."""

from cpython.dict cimport PyDict_GetItem, PyDict_SetItem
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from cpython.ref cimport PyObject
from libc.stdint cimport uint16_t

from crawler.tagging import lexicon as lex
from crawler.tagging.encoding import KEPT_LENGTH, KEPT_PIECES

cdef int _FIRST_CHARACTER = lex.FIRST
cdef int _CHARACTERS = lex.LAST + 1 - lex.FIRST


cdef class Piece:
    """A piece of a text: its kind, and for each of its tokens the character and where it stands in the piece."""

    def __cinit__(self, str codes, tuple spans):
        self.kind = codes[0]
        self.count = len(spans)
        self.codes = <uint16_t *> PyMem_Malloc((self.count + 1) * (sizeof(uint16_t) + 2 * sizeof(int)) + sizeof(int))
        if not self.codes:
            raise MemoryError
        self.starts = <int *> ((<size_t> (self.codes + self.count) + sizeof(int) - 1) & ~(sizeof(int) - 1))
        self.ends = self.starts + self.count
        for at in range(self.count):
            self.codes[at] = <uint16_t> ord(codes[at + 1])
            self.starts[at], self.ends[at] = spans[at]

    def __dealloc__(self):
        PyMem_Free(self.codes)


cdef class Node:
    """A place in the trie of terms of several words."""



cdef Node _node(dict trie):
    cdef Node node = Node.__new__(Node)
    node.following = {}
    for char, below in trie.items():
        if char:
            node.following[ord(char)] = _node(below)
        else:
            node.ends = ord(below)
    return node


cdef class Tables:
    """What is the same for all texts: pieces seen so far, the trie, the words that are numbers."""

    def __init__(self, encoder):
        vocabulary = encoder.vocabulary
        self.encoder = encoder
        self.pieces = {}
        self.dot = ord(encoder.lexicon.dot)
        self.roots = [None] * _CHARACTERS
        for char, below in vocabulary.trie.items():
            node = _node(below)
            if node.following:
                self.roots[ord(char) - _FIRST_CHARACTER] = node
        self.number_words, self.number_powers = bytearray(_CHARACTERS), bytearray(_CHARACTERS)
        for char in vocabulary.number_words:
            self.number_words[ord(char) - _FIRST_CHARACTER] = 1
        for char in vocabulary.number_powers:
            self.number_powers[ord(char) - _FIRST_CHARACTER] = 1
        self.number_joint = ord(vocabulary.number_joint)

    cdef Piece piece(self, str text, bint in_capitals):
        cdef PyObject *known
        if in_capitals:
            return Piece(self.encoder.in_small_letters(text), self.encoder.spans[text])
        known = PyDict_GetItem(self.pieces, text)
        if known:
            return <Piece> known
        piece = Piece(self.encoder[text], self.encoder.spans[text])
        if len(text) <= KEPT_LENGTH:
            if len(self.pieces) >= KEPT_PIECES:
                self.pieces.clear()
            PyDict_SetItem(self.pieces, text, piece)
        return piece

    cdef Node root(self, uint16_t code):
        """Where the terms of several words that begin with a character go on; None if there are none."""
        return <Node> self.roots[code - _FIRST_CHARACTER] if code >= _FIRST_CHARACTER else None

    cdef bint is_number(self, uint16_t code) noexcept:
        return code >= _FIRST_CHARACTER and (<unsigned char *> self.number_words)[code - _FIRST_CHARACTER]

    cdef bint is_power(self, uint16_t code) noexcept:
        return code >= _FIRST_CHARACTER and (<unsigned char *> self.number_powers)[code - _FIRST_CHARACTER]
