"""Reading an article: its sections and sentences, what each asserts, of what, with which numbers, citing what."""
