"""openFDA's drugsfda and label endpoints: JSON -> `Record`s of kind "regulatory" or `Reject`, purely.

Names and types are those of openFDA's field references (open.fda.gov/apis/drug/drugsfda and …/label). Every field is
optional. A value of another type than documented rejects its submission or label and names the path.

What was decided:

- Each submission of an application is a record, `openfda:NDA211243-SUPPL-21`: one decision, its date, its type. Its
  title and the sentences of its abstract are put together here from the fields; the words within them are FDA's.
  "AP" is an approval and "TA" a tentative one; another status is kept as it stands.
- Each version of a label is a record, `openfda:label:<set id>:<version>`. openFDA has the present version only, so
  earlier ones stay here from earlier crawls. Its abstract holds the boxed warning, the indications and the recent major
  changes as FDA published them (works of the US government, free of copyright), each cut at LONGEST_SECTION.
- Product names come from `openfda`, and where that is empty (`{}`, as with most labels that are not under an approved
  application) from the products of the application or the label's own list of contents.
- `published` and `entered` are the day of the decision, or from which the label is in effect.
- Dates are 20190305 or 05-MAR-19 and the like; one that is neither rejects the record, for an undated decision answers
  nothing.
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterable, Iterator

from spiders.json_node import Node, UnexpectedValue
from store.records import Record, Reject

SOURCE = "openfda"
VENUE = "FDA"
LONGEST_SECTION = 4000  # characters; the indications of a label rarely have more
_PAYLOAD_CHARACTERS = 2000
_STATUSES = {"AP": "approved", "TA": "tentatively approved"}
_TYPES = {"ORIG": "original application", "SUPPL": "supplement"}
_DRUGSATFDA = "https://www.accessdata.fda.gov/scripts/cder/daf/index.cfm?event=overview.process&ApplNo="
_DAILYMED = "https://dailymed.nlm.nih.gov/dailymed/drugInfo.cfm?setid="
_SECTIONS = (
    ("boxed_warning", "Boxed warning"),
    ("indications_and_usage", "Indications and usage"),
    ("recent_major_changes", "Recent major changes"),
)
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_NUMBER = re.compile(r"[A-Z]{2,4}\d{4,6}")
_PART = re.compile(r"[A-Za-z0-9.-]+")


def parse_result(result: object) -> Iterator[Record | Reject]:
    """One of an answer's `results`, an application or a label -> its Records, or a Reject that says what was wrong."""
    name = None
    try:
        root = Node.of(result)
        if "set_id" in root.value:
            name = root.text("set_id")
            yield _label(root)
        elif "application_number" in root.value:
            name = root.text("application_number")
            yield from _application(root)
        else:
            yield _reject(result, None, "neither an application nor a label", ", ".join(list(root.value)[:5]))
    except UnexpectedValue as unexpected:
        yield _reject(result, name, "not as documented", str(unexpected))


# -- applications


def _application(root: Node) -> Iterator[Record | Reject]:
    number = root.text("application_number") or ""
    if not _NUMBER.fullmatch(number):
        raise UnexpectedValue("application_number", "application number", number)
    product = _product(root)
    seen: set[str] = set()
    for submission in root.objects("submissions"):
        try:
            record = _submission(number, product, root, submission)
        except UnexpectedValue as unexpected:
            yield _reject(submission.value, number, "not as documented", str(unexpected))
            continue
        if record.id not in seen:  # openFDA repeats submissions of some applications
            seen.add(record.id)
            yield record


def _submission(number: str, product: str, root: Node, submission: Node) -> Record:
    kind, serial = submission.text("submission_type") or "", submission.text("submission_number") or ""
    if not (_PART.fullmatch(kind) and _PART.fullmatch(serial)):
        raise UnexpectedValue(f"{submission.path}.submission_number", "type and number", f"{kind} {serial}")
    native = f"{number}-{kind}-{serial}"
    written = submission.text("submission_status") or ""
    decision = _STATUSES.get(written, f"status {written}" if written else "without a status")
    about = submission.text("submission_class_code_description") or submission.text("submission_class_code")
    decided = _date(submission, "submission_status_date")
    subject = f"{_TYPES.get(kind, kind)} {serial}" + (f", {about}" if about else "")
    return _record(
        native,
        title=f"FDA {decision}: {product}; {subject} ({number})",
        abstract=" ".join(_sentences(number, native, root, submission, decision, decided)),
        day=decided,
        url=_DRUGSATFDA + number.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
        status=_STATUSES.get(written, written or None),
        identifiers=[("fda-application", number), ("fda-submission", native)],
    )


def _sentences(
    number: str, native: str, root: Node, submission: Node, decision: str, decided: str
) -> Iterator[str]:
    """The facts of one submission, each a sentence."""
    about = submission.text("submission_class_code_description")
    yield f"FDA submission {native}, {decision} on {decided}" + (f": {about}." if about else ".")
    if sponsor := root.text("sponsor_name"):
        yield f"Sponsor: {sponsor}."
    if priority := submission.text("review_priority"):
        yield f"Review priority: {priority}."
    if notes := submission.text("submission_public_notes"):
        yield f"Notes: {notes}."
    for product in root.objects("products"):
        yield f"Product: {', '.join(_product_words(product))}."
    for document in submission.objects("application_docs"):
        if address := document.text("url"):
            yield f"{document.text('type') or 'Document'}: {address} ."


def _product_words(product: Node) -> Iterator[str]:
    keys = ("brand_name", "dosage_form", "route", "marketing_status")
    yield from filter(None, map(product.text, keys))
    for ingredient in product.objects("active_ingredients"):
        yield " ".join(filter(None, (ingredient.text("name"), ingredient.text("strength"))))


def _product(root: Node) -> str:
    """Brand and generic names: "SPRAVATO (ESKETAMINE HYDROCHLORIDE)"."""
    products = root.objects("products")
    harmonised = root.object("openfda")
    brands = harmonised.texts("brand_name") or [one.text("brand_name") or "" for one in products]
    names = [one.text("name") or "" for product in products for one in product.objects("active_ingredients")]
    return _named(brands, harmonised.texts("generic_name") or names) or "A drug without a name"


# -- labels


def _label(root: Node) -> Record:
    set_id, version = root.text("set_id"), root.text("version")
    if not (set_id and version and _PART.fullmatch(set_id) and _PART.fullmatch(version)):
        raise UnexpectedValue("set_id", "set id and version", f"{set_id} {version}")
    known = root.object("openfda")
    product = _named(known.texts("brand_name"), known.texts("generic_name") or known.texts("substance_name"))
    contents = " ".join(root.texts("spl_product_data_elements")).split()
    maker = ", ".join(known.texts("manufacturer_name"))
    name = product or " ".join(contents[:6]) or "A drug without a name"
    applications = [("fda-application", number) for number in known.texts("application_number")]
    native_id = root.text("id")
    return _record(
        f"label:{set_id}:{version}",
        title=f"FDA label: {name}, version {version}" + (f" ({maker})" if maker else ""),
        abstract="\n".join(_sections(root)) or None,
        day=_date(root, "effective_time"),
        url=_DAILYMED + set_id,
        status=None,
        identifiers=[
            ("spl-set", set_id), ("spl-version", version), *([("spl", native_id)] if native_id else []), *applications,
        ],
    )  # fmt: skip


def _sections(root: Node) -> Iterator[str]:
    for key, heading in _SECTIONS:
        text = " ".join(" ".join(root.texts(key)).split())
        if len(text) > LONGEST_SECTION:
            text = text[:LONGEST_SECTION].rpartition(" ")[0] + " …"
        if text:
            yield f"{heading}: {text}"


# -- both


def _record(  # noqa: PLR0913 - by name only
    native: str, *, title: str, abstract: str | None, day: str, url: str, status: str | None,
    identifiers: list[tuple[str, str]],
) -> Record:  # fmt: skip
    return Record(
        id=f"{SOURCE}:{native}", source=SOURCE, kind="regulatory", title=title, abstract=abstract, venue=VENUE,
        published=day, entered=day, url=url, status=status, identifiers=list(dict.fromkeys(identifiers)),
    )  # fmt: skip


def _named(brands: Iterable[str], generics: Iterable[str]) -> str:
    brand, generic = (" / ".join(dict.fromkeys(filter(None, names))) for names in (brands, generics))
    same = brand.casefold() == generic.casefold()
    return f"{brand} ({generic})" if brand and generic and not same else brand or generic


def _date(node: Node, key: str) -> str:
    """An ISO date from "20190305", "2019-03-05", "05-MAR-19" or "05-MAR-2019". Raises UnexpectedValue."""
    written = node.text(key) or ""
    plain = re.fullmatch(r"(\d{4})-?(\d{2})-?(\d{2})", written, re.ASCII)
    words = re.fullmatch(r"(\d{1,2})-([A-Z]{3})-(\d{4}|\d{2})", written.upper(), re.ASCII)
    try:
        if plain:
            return datetime.date(*map(int, plain.groups())).isoformat()
        if words and words[2] in _MONTHS:
            year = int(words[3])
            if year < 100:  # FDA's first records are of 1939
                year += 1900 if year >= 39 else 2000
            return datetime.date(year, _MONTHS.index(words[2]) + 1, int(words[1])).isoformat()
    except ValueError:
        pass
    raise UnexpectedValue(f"{node.path}.{key}" if node.path else key, "date", node.value.get(key))


def _reject(result: object, name: str | None, reason: str, detail: str | None) -> Reject:
    try:
        payload = json.dumps(result)[:_PAYLOAD_CHARACTERS]
    except RecursionError:  # nested beyond what can be shown
        payload = None
    return Reject(SOURCE, name, reason, detail, payload)
