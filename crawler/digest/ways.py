"""The way out that the configuration names."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from crawler.digest.mail_settings import MailSettings
from crawler.digest.smtp import PASSWORD_VARIABLE, Server, SmtpTransport
from crawler.digest.transports import Folder, Sendmail, Transport
from store.errors import ConfigError


def transport(settings: MailSettings, environ: Mapping[str, str] = os.environ) -> Transport:
    """The transport of `[mail]`; the SMTP password comes from the environment. Raises ConfigError."""
    settings.require()
    if settings.transport == "folder":
        return Folder(Path(settings.folder).expanduser())
    if settings.transport == "sendmail":
        return Sendmail(settings.sendmail)
    password = environ.get(PASSWORD_VARIABLE, "")
    if settings.user and not password:
        raise ConfigError(f"[mail] names a user: its password goes into {PASSWORD_VARIABLE}")
    return SmtpTransport(
        Server(settings.host, settings.port, settings.security, settings.user, password, settings.ca_file)
    )
