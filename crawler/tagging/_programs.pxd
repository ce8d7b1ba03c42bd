from libc.stdint cimport uint8_t, uint16_t

cdef int number_of(int char) except -1

cdef class Program:
    cdef readonly object rule
    cdef int *code
    cdef int first  # the set in which its first character must be; -1 for any

cdef enum:
    MOST_NUMBERS = 8  # in one pattern

cdef class Programs:
    cdef object index
    cdef list programs  # by number of the pattern: Program; None until a text first calls for it
    cdef dict sets  # (frozenset of characters, whether all others are meant) -> number of its row in `members`
    cdef uint8_t *members
    cdef int stride, room
    cdef int numbers[MOST_NUMBERS]  # where the numbers of the last match stand
    cdef int found  # which numbers it has, as bits

    cdef Program get(self, int number)
    cdef int search(self, Program program, uint16_t *units, int start, int end, int *low) noexcept
    cdef int _set(self, chars, bint inverse) except -2
    cdef int _run(self, int *code, uint16_t *units, int place, int end) noexcept
