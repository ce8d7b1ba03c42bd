"""Records of one study come together: registrations, protocol, preprint, reports, secondary analyses, notices.

How a link is found, from the surest down (`links.CONFIDENCE`): a person says so; the registration itself; a registry
number in a field of the paper; the registry's reference to the paper; a number in the text; a notice on, or a version of,
a linked record; the study's acronym; likeness (drug, indication, numbers, people, dates). What lies below
`links.THRESHOLD` is a suggestion for a person, not a link.

Which study a number names is worked out from what registrations say of each other's numbers (`studies.py`). A trial
report that nothing links is a study of its own, so that studies count trials.

Linking looks only at the records given and at those whose links depend on them, and gives the same links in any order
of arrival.
"""

from crawler.linking.link import link_records

__all__ = ["link_records"]
