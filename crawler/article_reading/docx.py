"""A DOCX file as HTML, by mammoth: its headings, paragraphs, lists, tables and links, no pictures."""

from __future__ import annotations

import io
import zipfile

import mammoth

from store.errors import ConfigError

MOST_BYTES = 20_000_000  # with pictures, which are not read
#: of all text in it, unpacked; mammoth reads some 300 kB of XML a second, and a long review has less than one MB
_MOST_UNPACKED = 3_000_000
_MOST_PARTS = 2_000


def is_docx(content: bytes) -> bool:
    """Whether it is a ZIP archive (APPNOTE.TXT 4.3.7, local file header), as a DOCX is."""
    return content.startswith(b"PK\x03\x04")


def as_html(content: bytes, name: str) -> str:
    """Convert it. Raises ConfigError if it is no DOCX, is damaged, or unpacks to more than an article."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
        # zipfile gives no more of a part than its directory says, so what is counted here is what is read
        unpacked = sum(part.file_size for part in parts if part.filename.lower().endswith((".xml", ".rels")))
        if unpacked > _MOST_UNPACKED or len(parts) > _MOST_PARTS:
            raise ConfigError(
                f"{name}: unpacked, it is more than an article ({unpacked:,} bytes in {len(parts):,} parts)"
            )
        no_pictures = mammoth.images.img_element(lambda image: {})
        return str(mammoth.convert_to_html(io.BytesIO(content), convert_image=no_pictures).value)
    except ConfigError:
        raise
    except Exception as error:  # mammoth raises whatever zipfile and XML raise
        raise ConfigError(f"{name}: no readable DOCX: {error}") from error
