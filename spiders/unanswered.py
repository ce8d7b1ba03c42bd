"""What a failed request of Scrapy's means in this project's own words."""

from __future__ import annotations

from scrapy import exceptions
from scrapy.http import Response
from scrapy.spidermiddlewares.httperror import HttpError

from spiders.json_node import excerpt
from store.errors import BadAnswer, RateLimited, ServiceError, SourceError, Unreachable

_UNREACHABLE = {
    exceptions.CannotResolveHostError: "name unknown",
    exceptions.DownloadConnectionRefusedError: "connection refused",
    exceptions.DownloadTimeoutError: "timed out",
    exceptions.DownloadFailedError: "connection lost",
}


def named(source: str, url: str, error: BaseException) -> SourceError:
    """The error to report for what an errback received after all retries (`failure.value`)."""
    if isinstance(error, HttpError):
        return from_status(source, error.response)
    if isinstance(error, exceptions.ResponseDataLossError):
        return BadAnswer(source, "the answer was cut: shorter than announced", url)
    too_large = isinstance(error, exceptions.IgnoreRequest) and "DOWNLOAD_MAXSIZE" in str(
        error
    )  # when unpacked
    if too_large or isinstance(error, exceptions.DownloadCancelledError):
        return BadAnswer(source, f"the answer is larger than we take: {error}", url)
    if isinstance(
        error, exceptions.IgnoreRequest
    ):  # too many redirects, or to where none may lead; unpacks without end
        return BadAnswer(source, f"the answer was refused: {error}", url)
    for kind, meaning in _UNREACHABLE.items():
        if isinstance(error, kind):
            return Unreachable(source, f"{meaning} ({error})" if str(error) else meaning, url)
    return Unreachable(source, f"no answer: {error!r}", url)


def from_status(source: str, response: Response) -> SourceError:
    """The error that an answer with an HTTP status other than 2xx is, with the beginning of what it says."""
    says = f"HTTP {response.status}"
    if text := excerpt(response.body):
        says += f": {text}"
    if response.status == 429:
        wait = response.headers.get("Retry-After")
        return RateLimited(
            source, says + (f" (Retry-After: {wait.decode('latin-1')})" if wait else ""), response.url
        )
    return ServiceError(source, says, response.url)
