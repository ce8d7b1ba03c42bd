"""The recall self-test: which known works the topic's query finds, which are here, which are missed and why."""

from crawler.recall.judge import Answer, recall
from crawler.recall.terms import suggestions
from crawler.recall.works import Known, read_list

__all__ = ["Answer", "Known", "read_list", "recall", "suggestions"]
