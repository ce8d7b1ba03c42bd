"""The text of XML elements as a reader would see it: no markup, no line breaks, nothing lost."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

_MATHML = "{http://www.w3.org/1998/Math/MathML}"
_MATH = _MATHML + "math"
#: MathML 3, section 3.1.9.1: only token elements hold text; what stands between elements is layout.
_MATH_TOKENS = frozenset(_MATHML + name for name in ("mi", "mn", "mo", "mtext", "ms"))


def clean(element: etree._Element) -> str:
    """All text in `element`, inline markup taken off, white space collapsed; "" if there is none.

    `<i>S</i>-ketamine 5 mg<sup>-1</sup>` reads "S-ketamine 5 mg-1". Formulas in MathML read as their symbols in
    order, a fraction with a slash, without the layout's spaces and without annotations (TeX repeats the formula).
    """
    text = "".join(_pieces(element)) if len(element) else element.text
    return _one_line(text) if text else ""


def _one_line(text: str) -> str:
    """White space collapsed. Most texts have none but single blanks within, and looking costs a third of splitting."""
    if text.isprintable() and "  " not in text and text[0] != " " and text[-1] != " ":
        return text
    return " ".join(text.split())


def _pieces(element: etree._Element) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        if child.tag == _MATH:
            yield _formula(child)
        else:
            yield from _pieces(child)
        yield child.tail or ""


def _formula(node: etree._Element) -> str:
    if node.tag in _MATH_TOKENS:
        return "".join(map(str, node.itertext()))
    return ("/" if node.tag == _MATHML + "mfrac" else "").join(map(_formula, node))


def plain(element: etree._Element) -> str:
    """The text of an element that by its DTD holds no markup (#PCDATA): `clean`, for less."""
    text = element.text
    return _one_line(text) if text else ""


def leaves(element: etree._Element) -> dict[str, str]:
    """The children of an element whose children hold text alone, as tag -> text; of the same tag the last."""
    return {child.tag: _one_line(text) for child in element if (text := child.text)}
