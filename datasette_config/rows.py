"""The rows of a reading list as its template wants them: only the cells that are shown are made, each array once.

Made here and not in the template, which takes longer.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from html import escape as escaped
from operator import itemgetter
from typing import Any
from urllib.parse import quote_plus

from datasette.utils import tilde_encode, to_css_class
from markupsafe import Markup

from datasette_config import labels
from datasette_config.addresses import here
from datasette_config.hits import Passage
from datasette_config.record import RECORD_ID, coded


@lru_cache(maxsize=20_000)
def chips(path: str, column: str, packed: str) -> Markup | None:
    """Each value of a JSON array as a link to the list at `path` filtered by it; None if it is no array of words."""
    try:
        values = json.loads(packed)
    except ValueError:
        return None
    if not isinstance(values, list) or not all(isinstance(one, str) for one in values):
        return None
    return Markup(" ".join(_chip(path, column, value) for value in values))  # noqa: S704 - each part is escaped


def _chip(path: str, column: str, value: str) -> str:
    words = labels.NONE_OF.get(column, value) if value == "none" else value
    address = f"{path}?{column}__arraycontains={quote_plus(value)}"
    return f'<a class="chip chip-{escape(column)}" href="{escape(address)}">{escape(words)}</a>'


def reading_rows(
    rows: Iterable[Any], urls: Any, database: str, table: str, passages: Mapping[int, Passage] | None
) -> Markup:
    """The rows of a page. `urls`: Datasette's; `passages`: by rowid, where a search's words stand."""
    path, records = (str(urls.table(database, one)) for one in (table, "records"))
    made = []
    for row in rows:
        link = f"{records}/{tilde_encode(row['id'])}" if RECORD_ID.fullmatch(row["id"]) else None
        hit = passages.get(row["rowid"]) if passages else None
        made.append(_ReadingRow(row, path, table, link).html(hit))
    return Markup("".join(made))  # noqa: S704 - each row is escaped


def escape(value: object) -> str:
    """A value as HTML; "" for None. markupsafe's `escape` makes an object of each, in three times the time."""
    return "" if value is None else escaped(str(value))


class _ReadingRow:
    """A row of records that belong together: each cell holds what a reader wants to see side by side."""

    __slots__ = ("_link", "_path", "_row", "_table")

    def __init__(self, row: Any, path: str, table: str, link: str | None):
        """`path`: of the list; `link`: the path of the record's page, if it has one."""
        self._row = row
        self._path = path
        self._table = table
        self._link = link

    def html(self, hit: Passage | None) -> str:
        """The row as HTML; everything of its values is escaped. `hit`: where a search's words stand in it."""
        row = self._row
        standing = labels.standing(row)
        size = row["sample_size"]
        return f"""<tr{' class="alarming"' if standing in labels.ALARMING else ""}>
<td class="col-title">{self._title(hit)}
<p class="under">{_status(standing)}{self._under()}</p></td>
<td class="col-indications">{self._chips("indications")} {self._chips("populations")}</td>
<td class="col-designs">{self._chips("designs")}{self._phases()}</td>
<td class="col-drugs">{self._chips("drugs")} {self._chips("routes")}</td>
<td class="col-comparators">{self._chips("comparators")}</td>
<td class="col-sample_size number" data-label="n = ">{"" if size is None else f"{size:,}"}</td>
<td class="col-dates">{self._dates()}</td>
</tr>
"""

    def _chips(self, column: str) -> str:
        value = self._row[column]
        made = chips(self._path, column, value)
        return escape(value) if made is None else made

    def _title(self, hit: Passage | None) -> str:
        title = self._to_record(hit.title if hit else self._row["title"])
        return f'{title}<p class="passage">{hit.words}</p>' if hit and hit.words else title

    def _to_record(self, words: str | None) -> str:
        shown = words if isinstance(words, Markup) else escape(words)
        return f'<a href="{escape(self._link)}">{shown}</a>' if self._link else shown

    def _under(self) -> str:
        row = self._row
        kind = "" if row["kind"] == "article" else f'<span class="kind">{escape(row["kind"])}</span> '
        told = f"{kind}{escape(row['venue'])} {self._to_record(row['id'])}"
        if self._table == "trials" and row["results_first_posted"]:
            told += f' <span class="results">results posted {escape(row["results_first_posted"])}</span>'
        return told

    def _phases(self) -> str:
        phases = self._row["phases"] if self._table == "trials" else None
        return f'<p class="under">{escape(registry_list(phases))}</p>' if phases else ""

    def _dates(self) -> str:
        published, entered = self._row["published"], self._row["entered"]
        if not entered or entered == published:
            return escape(published)
        return f'{escape(published)}<p class="under"><span class="narrow"> · new </span>{escape(entered)}</p>'


def _status(standing: str | None) -> str:
    if not standing:
        return ""
    return f'<span class="status status-{to_css_class(standing)}">{escape(labels.standing_words(standing))}</span> '


def facet_values(facet: Mapping[str, Any]) -> Markup:
    """The values of a facet (Datasette's: name, results) as items of a list, those of years from the latest on."""
    found = facet["results"]
    if facet["name"] == "year":
        found = sorted(found, key=itemgetter("value"), reverse=True)
    return Markup("".join(map(_facet_value, found)))  # noqa: S704 - each value is escaped


def _facet_value(value: Mapping[str, Any]) -> str:
    chosen, cross = (' class="chosen"', _CROSS) if value["selected"] else ("", "")
    words = "-" if value["label"] == "" else escape(value["label"])
    return f"""<li{chosen}><a href="{escape(here(value["toggle_url"]))}">{words}{cross}</a> <span class="count">{value["count"]}</span></li>
"""


_CROSS = ' <span aria-label="remove">&#x2716;</span>'


def registry_list(values: str) -> str:
    """A JSON array of a registry's enumerations in words; NA says nothing and is left out."""
    return ", ".join(coded(value) for value in json.loads(values) if value != "NA")
