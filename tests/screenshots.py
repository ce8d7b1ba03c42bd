"""Pictures of the site for the README and for looking at it: `python -m tests.screenshots OUT_DIR --db FILE`."""

from __future__ import annotations

import argparse
from pathlib import Path

from tests.browser import picture, served

#: name -> (path, width and height in CSS pixels, dark)
PICTURES = {
    "home": ("", (1280, 1250), False),
    "search": ("DB/trials?_search=midazolam", (1280, 1000), False),
    "record": ("DB/records/pubmed~3A23982301", (1280, 1300), False),
    "registration": ("DB/records/clinicaltrials~3ANCT03113968", (1280, 1300), False),
    "study": ("DB/studies/NCT03113968", (1280, 1000), False),
    "indication": ("-/indication/ptsd", (1280, 1000), False),
    "article": ("-/article/our-clinic", (1280, 1200), False),
    "matrix": ("DB/matrix", (1280, 800), False),
    "question": ("DB/study_records_of?study=NCT03113968", (1280, 800), False),
    "tables": ("DB", (1280, 1300), False),
    "dark": ("DB/trials?indications__arraycontains=trd", (1280, 1000), True),
    "phone": ("DB/trials?_search=esketamine", (500, 1000), False),
    "phone-record": ("DB/records/pubmed~3A23982301", (500, 1000), False),
}


def main() -> None:
    parser = argparse.ArgumentParser(description="Take pictures of the site with Debian's chromium.")
    parser.add_argument("out_dir", type=Path)
    parser.add_argument(
        "--db", type=Path, required=True, help="a database made by `ketamine-watch demo --no-serve`"
    )
    parser.add_argument("--only", nargs="*", choices=PICTURES, help="these pictures alone")
    chosen = parser.parse_args()
    chosen.out_dir.mkdir(parents=True, exist_ok=True)
    with served(chosen.db) as url:
        for name in chosen.only or PICTURES:
            path, size, dark = PICTURES[name]
            picture(
                url + path.replace("DB", chosen.db.stem, 1), chosen.out_dir / f"{name}.png", *size, dark=dark
            )


if __name__ == "__main__":
    main()
