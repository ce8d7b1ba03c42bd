"""Writing what citation sources say, in the caller's transaction. Every source's word is kept beside the others'."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlite_utils import Database

from store import edges, work_names
from store.citing import Answered, BareWork, Count, Edge
from store.rows import to_json
from store.save import Counts, Stamp

Items = Sequence[Any]


def save_citations(db: Database, items: Items, stamp: Stamp, *, whole: bool = True) -> Counts:
    """Write the Edges, Counts, BareWorks and Answered of a batch; other items are left alone.

    `whole`: nothing before was lost, so that what was answered need not be asked again. Returns how many edges and
    counts were new, changed or as they were; bare works are not counted, for they come with edges.
    """
    said = {
        (item.citing, item.cited, item.source): item
        for item in items
        if isinstance(item, Edge) and item.citing != item.cited
    }
    counts = _save_edges(db, list(said.values()), stamp)
    for item in items:
        if isinstance(item, Count):
            counts.add(_save_count(db, item, stamp.now[:10]))
        elif isinstance(item, BareWork):
            _save_bare_work(db, item, stamp.now)
        elif isinstance(item, Answered) and whole:
            _save_answered(db, item, stamp.now)
    return counts


def _save_edges(db: Database, said: list[Edge], stamp: Stamp) -> Counts:
    work_names.add_names(db, {name for edge in said for name in (edge.citing, edge.cited)})
    new = []
    for edge in said:
        known = db.execute(
            "UPDATE citation_statements SET last_seen = ? WHERE cited_id = ? AND citing_id = ? AND source = ?",
            (stamp.now, edge.cited, edge.citing, edge.source),
        )
        if not known.rowcount:
            new.append(edge)
    db.conn.executemany(
        """INSERT INTO citation_statements (cited_id, citing_id, source, first_seen, last_seen, backfill, crawl_id)
        VALUES (?, ?, ?, ?, ?, ?, ?)""",
        [
            (edge.cited, edge.citing, edge.source, stamp.now, stamp.now, int(edge.backfill), stamp.crawl_id)
            for edge in new
        ],
    )
    edges.add(db, new, stamp.now)
    return Counts(new=len(new), unchanged=len(said) - len(new))


def _save_count(db: Database, count: Count, today: str) -> Counts:
    """A row where the count differs from the source's last, or that is of another month."""
    work_names.add_names(db, [count.work])
    detail = to_json(dict(count.detail)) if count.detail else None
    last = db.execute(
        """SELECT counted_on, cited_by, detail FROM citation_counts WHERE work_id = ? AND source = ?
        ORDER BY counted_on DESC LIMIT 1""",
        (count.work, count.source),
    ).fetchone()
    same = last is not None and (last[1], last[2]) == (count.cited_by, detail)
    if not same or last[0][:7] != today[:7]:
        db.execute(
            """INSERT INTO citation_counts (work_id, source, counted_on, cited_by, detail) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET cited_by = excluded.cited_by, detail = excluded.detail""",
            (count.work, count.source, today, count.cited_by, detail),
        )
    return Counts(new=int(last is None), changed=int(last is not None and not same), unchanged=int(same))


def _save_bare_work(db: Database, work: BareWork, now: str) -> None:
    """Keep what is known of a work that is no record here. What one source said is not overwritten by another."""
    work_id = work_names.unite(db, list(dict.fromkeys((work.id, *work.names))))
    if work_names.is_record(db, work_id):
        return
    known = db.execute("SELECT names FROM bare_works WHERE id = ?", (work_id,)).fetchone()
    names = {work.id, *work.names, *(json.loads(known[0]) if known else ())}
    db.execute(
        """INSERT INTO bare_works (id, names, title, authors, year, venue, source, first_seen, examined)
        VALUES (:id, :names, :title, :authors, :year, :venue, :source, :now, :examined)
        ON CONFLICT DO UPDATE SET names = excluded.names, title = coalesce(title, excluded.title),
            authors = CASE authors WHEN '[]' THEN excluded.authors ELSE authors END,
            year = coalesce(year, excluded.year), venue = coalesce(venue, excluded.venue),
            examined = coalesce(examined, excluded.examined)""",
        {
            "id": work_id, "names": to_json(sorted(names, key=work_names.preference)), "title": work.title,
            "authors": to_json(list(work.authors)), "year": work.year, "venue": work.venue, "source": work.source,
            "now": now, "examined": now if work.examined else None,
        },
    )  # fmt: skip


def _save_answered(db: Database, answered: Answered, now: str) -> None:
    work_names.add_names(db, [answered.work])
    db.execute(
        """INSERT INTO citation_polls (work_id, source, first_answered, last_answered, citing, cites)
        VALUES (:work, :source, :now, :now, :citing, :cites)
        ON CONFLICT DO UPDATE SET last_answered = excluded.last_answered,
            citing = coalesce(excluded.citing, citing), cites = coalesce(excluded.cites, cites)""",
        {
            "work": answered.work, "source": answered.source, "now": now, "citing": answered.citing,
            "cites": answered.cites,
        },
    )  # fmt: skip
