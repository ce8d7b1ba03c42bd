"""`[digest]` of the configuration: audiences that issues are built for, and readers by the operator's word."""

from __future__ import annotations

from typing import Any

from crawler.digest.address import checked_address
from crawler.digest.audience import Audience
from spiders.topic import Topic
from store.errors import ConfigError


def audiences_listed(entries: list[Any], topic: Topic, where: str) -> tuple[Audience, ...]:
    """The audiences of `[[digest.audience]]`. Raises ConfigError."""
    try:
        return tuple(Audience.from_dict(entry).checked(*names_of(topic)) for entry in entries)
    except (ConfigError, AttributeError) as error:
        raise ConfigError(f"{where}: digest.audience: {error}") from error


def readers_listed(entries: list[Any], topic: Topic, where: str) -> dict[str, dict[str, Any]]:
    """The readers of `[[digest.reader]]`: {address: audience as a dict}. Raises ConfigError, whose words name an entry by its place, not its address."""
    found: dict[str, dict[str, Any]] = {}
    for number, entry in enumerate(entries, 1):
        name = f"{where}: digest.reader number {number}"
        if not isinstance(entry, dict) or not isinstance(entry.get("address"), str):
            raise ConfigError(f"{name} must be a table with an address: [[digest.reader]]")
        try:
            address = checked_address(entry["address"])
            wishes = {key: value for key, value in entry.items() if key != "address"}
            audience = Audience.from_dict(wishes).checked(*names_of(topic))
        except ConfigError as error:
            raise ConfigError(f"{name}: {error}") from None
        if address.lower() in {one.lower() for one in found}:
            raise ConfigError(f"{name}: this address is listed twice")
        found[address] = audience.to_dict()
    return found


def names_of(topic: Topic) -> tuple[list[str], list[str]]:
    """The indications and the drugs that an audience may name."""
    return [one.name for one in topic.indications], [one.name for one in topic.drugs]
