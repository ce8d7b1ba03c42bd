"""Files as NLM gives them out, of invented records: most about other things, some about the topic."""

from __future__ import annotations

import gzip
import hashlib
import random
from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks.synthetic import HEAD, article

_OTHER = (("ketamine", "metformin"), ("Ketamine", "Metformin"), ("(S)-", ""))


def other_article(number: int) -> str:
    """An article of the same shape and size that is not about the topic's drugs."""
    text = article(number)
    for drug, other in _OTHER:
        text = text.replace(drug, other)
    return text


def write_file(folder: Path, number: int, articles: Iterable[str], deleted: Sequence[int] = ()) -> Path:
    """`pubmed26nNNNN.xml.gz` with its `.md5` beside it."""
    gone = "".join(f'<PMID Version="1">{pmid}</PMID>' for pmid in deleted)
    text = (
        HEAD
        + "".join(articles)
        + (f"<DeleteCitation>{gone}</DeleteCitation>\n" if gone else "")
        + "</PubmedArticleSet>\n"
    )
    path = folder / f"pubmed26n{number:04}.xml.gz"
    path.write_bytes(gzip.compress(text.encode(), compresslevel=6, mtime=0))
    digest = hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
    path.with_name(f"{path.name}.md5").write_text(f"MD5({path.name})= {digest}\n")
    return path


def write_baseline(folder: Path, files: int, records: int, share: float = 0.01, seed: int = 26) -> list[Path]:
    """So many files of so many records; a `share` of them is about the topic."""
    draw = random.Random(seed)
    return [
        write_file(
            folder,
            at + 1,
            (
                (article if draw.random() < share else other_article)(number)
                for number in range(at * records + 1, (at + 1) * records + 1)
            ),
        )
        for at in range(files)
    ]
