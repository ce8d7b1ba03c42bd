"""Whom an issue is for: what they follow, and how often."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from datasette_config import labels
from store.errors import ConfigError

FREQUENCIES = ("daily", "weekly", "monthly")
_LONGEST = 80  # characters of a key
_UNSAFE = re.compile(r"[^a-z0-9_-]")
_LISTS = ("indications", "drugs", "designs")


@dataclass(frozen=True)
class Audience:
    """What a group of readers follows; an empty tuple is all that is watched. Order and repetition mean nothing.

    `min_size`: participants at least, of works whose number is known. Raises ConfigError for an unknown frequency or a
    size that is no number.
    """

    indications: tuple[str, ...] = ()
    drugs: tuple[str, ...] = ()
    designs: tuple[str, ...] = ()
    min_size: int | None = None
    frequency: str = "weekly"

    def __post_init__(self) -> None:
        for name in _LISTS:
            object.__setattr__(self, name, tuple(sorted(set(getattr(self, name)))))
        if self.frequency not in FREQUENCIES:
            raise ConfigError(f"frequency is one of {', '.join(FREQUENCIES)}, not {self.frequency!r}")
        if self.min_size is not None and (
            isinstance(self.min_size, bool) or not isinstance(self.min_size, int)
        ):
            raise ConfigError(f"min_size is a number of participants, not {self.min_size!r}")
        object.__setattr__(self, "min_size", max(self.min_size or 0, 0) or None)

    @property
    def key(self) -> str:
        """Short and readable, the same for equal audiences: "weekly-ptsd-rct-min20", "daily-all"."""
        chosen = ["_".join(values) for name in _LISTS if (values := getattr(self, name))]
        size = [f"min{self.min_size}"] if self.min_size else []
        key = "-".join([self.frequency, *(chosen or ["all"]), *size])
        safe = _UNSAFE.sub("-", key.lower())  # it stands in addresses and names of files
        if safe != key or len(key) > _LONGEST:
            return f"{safe[: _LONGEST - 9]}-{hashlib.sha256(key.encode()).hexdigest()[:8]}"
        return key

    @property
    def words(self) -> str:
        """In words: "PTSD; RCT; 20 participants or more; weekly"."""
        indications = ", ".join(labels.INDICATIONS.get(one, one) for one in self.indications)
        designs = ", ".join(labels.DESIGNS.get(one, one) for one in self.designs)
        size = f"{self.min_size} participants or more" if self.min_size else ""
        parts = [indications or "every indication", ", ".join(self.drugs), designs or "every design", size]
        return "; ".join(part for part in [*parts, self.frequency] if part)

    def to_dict(self) -> dict[str, Any]:
        """As JSON and TOML hold it; `from_dict` reads it back."""
        return {
            name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Audience:
        """Raises ConfigError for an unknown key, or a list that is none."""
        known = cls.__dataclass_fields__
        for name, value in values.items():
            if name not in known:
                raise ConfigError(f"an audience has no {name!r} (known: {', '.join(known)})")
            if name in _LISTS and not (
                isinstance(value, (list, tuple)) and all(isinstance(one, str) for one in value)
            ):
                raise ConfigError(f"{name} of an audience is a list of words, not {value!r}")
        made: dict[str, Any] = {
            name: tuple(value) if name in _LISTS else value for name, value in values.items()
        }
        return cls(**made)

    def checked(self, topic_indications: list[str], topic_drugs: list[str]) -> Audience:
        """This audience, if all that it names can be found in the topic. Raises ConfigError that names what cannot."""
        known = {"indications": topic_indications, "drugs": topic_drugs, "designs": list(labels.DESIGNS)}
        for name, values in known.items():
            if unknown := sorted(set(getattr(self, name)) - set(values)):
                raise ConfigError(f"unknown in {name}: {', '.join(unknown)} (known: {', '.join(values)})")
        return self
