from libc.stdint cimport uint16_t

cdef class Piece:
    cdef Py_UCS4 kind
    cdef int count
    cdef uint16_t *codes
    cdef int *starts
    cdef int *ends

cdef class Node:
    cdef uint16_t ends  # the character of the term that ends here; 0 if none does
    cdef dict following  # character's number -> Node

cdef class Tables:
    cdef dict pieces
    cdef readonly object encoder
    cdef list roots  # by a character's number: Node or None
    cdef bytearray number_words, number_powers  # by a character's number: 1 or 0
    cdef uint16_t number_joint, dot

    cdef Piece piece(self, str text, bint in_capitals)
    cdef Node root(self, uint16_t code)
    cdef bint is_number(self, uint16_t code) noexcept
    cdef bint is_power(self, uint16_t code) noexcept
