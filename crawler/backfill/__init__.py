"""All of PubMed from NLM's baseline and update files, for any number of topics in one pass, on any number of cores.

`files` finds the files and puts them in order; `part` reads one file, anywhere, into Parquet parts; `cluster` hands the
files out and hears how each ended; `merge` lets the later file win and saves what is left.
"""
