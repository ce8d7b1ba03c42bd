"""Other people's parsers, in a virtual environment of their own: they never become dependencies of ours.

`python` installs them once, into `build/peers` of this project, and returns that environment's interpreter. Each script below is
run by it with the XML file as its argument, and prints what `steps.py` prints.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "build" / "peers"
WANTED = ("biopython==1.88", "pubmed-parser==0.5.1", "pubmedparser2==2.1.3", "lxml")

_BEGIN = "import json, sys, time\n"
#: a process that was started by another counts that one's memory in its own ru_maxrss; /proc does not (proc(5): VmHWM)
_END = """
seconds = time.process_time() - begin
peak = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(json.dumps({"records": count, "seconds": seconds, "megabytes": peak / 1024}))
"""

PUBMED_PARSER = (
    _BEGIN
    + """from pubmed_parser import parse_medline_xml
begin = time.process_time()
count = sum(1 for _ in parse_medline_xml(sys.argv[1], year_info_only=False, author_list=True, reference_list=True,
                                         parse_downto_mesh_subterms=True))"""
    + _END
)

#: its C parser writes tables; fewer fields than ours
PUBMEDPARSER2 = (
    _BEGIN
    + """import pathlib, tempfile, pubmedparser
of = "/PubmedArticle/MedlineCitation"
structure = {
    "root": "/PubmedArticleSet", "key": of + "/PMID", "Title": of + "/Article/ArticleTitle",
    "Abstract": of + "/Article/Abstract/AbstractText", "Journal": of + "/Article/Journal/Title",
    "Language": of + "/Article/Language", "Revised": of + "/DateRevised/Year",
    "PublicationType": of + "/Article/PublicationTypeList/PublicationType",
    "Author": {"root": of + "/Article/AuthorList", "key": "/Author/auto_index", "LastName": "/Author/LastName",
               "ForeName": "/Author/ForeName", "Affiliation": "/Author/AffiliationInfo/Affiliation"},
    "Mesh": {"root": of + "/MeshHeadingList", "key": "/MeshHeading/auto_index", "Name": "/MeshHeading/DescriptorName"},
    "Reference": {"root": "/PubmedArticle/PubmedData/ReferenceList/Reference/ArticleIdList", "key": "/condensed",
                  "PMID": "/ArticleId/[@IdType='pubmed']", "DOI": "/ArticleId/[@IdType='doi']"},
}
with tempfile.TemporaryDirectory() as folder:
    begin = time.process_time()
    pubmedparser.read_xml([sys.argv[1]], structure, folder, relative_to_default_data=False, n_threads=1)
    seconds = time.process_time() - begin
    count = sum(1 for _ in next(pathlib.Path(folder).rglob("Title.tsv")).open())
begin = time.process_time() - seconds"""
    + _END
)

#: all of it in memory, fields not yet picked out
ENTREZ_READ = (
    _BEGIN
    + """from Bio import Entrez
begin = time.process_time()
import gzip
with gzip.open(sys.argv[1]) as file:
    count = len(Entrez.read(file, validate=False)["PubmedArticle"])"""
    + _END
)


def python() -> str:
    """The interpreter that has the peers. Installs them when it is called for the first time; needs the package registry."""
    interpreter = FOLDER / "bin" / "python"
    if not (FOLDER / "installed").exists():
        subprocess.run([sys.executable, "-m", "venv", str(FOLDER)], check=True)
        subprocess.run([str(interpreter), "-m", "pip", "install", "--quiet", *WANTED], check=True)
        (FOLDER / "installed").touch()
    return str(interpreter)


def versions() -> str:
    """What is installed there, in words."""
    listed = subprocess.run(
        [python(), "-m", "pip", "list", "--format", "json"], capture_output=True, text=True, check=True
    )
    found = {row["name"].lower().replace("_", "-"): row["version"] for row in json.loads(listed.stdout)}
    return ", ".join(
        f"{name} {found[name]}" for name in ("pubmed-parser", "pubmedparser2", "biopython", "lxml")
    )
