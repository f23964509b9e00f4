"""The one typed Settings: built once at the door, passed down. Each is ``BLOC_<NAME>`` in the environment or ``.env``."""

from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

Absolute = Annotated[Path, AfterValidator(lambda path: path.expanduser().resolve())]
Port = Annotated[int, Field(ge=1, le=65535)]

SMTP_PATIENCE = 60  # seconds; a claim (notifications.claims.LEASE) outlives a send at a server that is as slow as that


class Settings(BaseSettings):
    """What may differ from one installation to another."""

    model_config = SettingsConfigDict(env_prefix="BLOC_", env_file=".env", extra="ignore", frozen=True)

    home: Absolute = Field(Path("var"), validate_default=True, description="folder for the database, logs and mails")
    database_url: str | None = Field(None, description="SQLAlchemy URL; by default SQLite, `bloc.db` in the home folder")
    language: Literal["vi", "en"] = Field("vi", description="language of the command line")

    prefect_port: Port = Field(4200, description="port of the Prefect server that Bloc starts, on loopback")
    prefect_api_url: str | None = Field(None, description="Prefect's API; by default the server that Bloc starts")
    prefect_api_auth: SecretStr | None = Field(None, description="`user:password` of Prefect's API, if it asks for one")

    sink_port: Port = Field(8025, description="port of the embedded mail sink, on loopback")
    smtp_host: str | None = Field(None, description="mail server; by default the embedded sink")
    smtp_port: Port = Field(587, description="port of the mail server")
    smtp_security: Literal["starttls", "tls", "none"] = Field("starttls", description="how the connection is secured")
    smtp_username: str | None = Field(None, description="login at the mail server")
    smtp_password: SecretStr | None = Field(None, description="password at the mail server")
    smtp_timeout: float = Field(
        30.0, gt=0, le=SMTP_PATIENCE, description=f"seconds to wait for the mail server at each step, up to {SMTP_PATIENCE}"
    )
    smtp_connections: int = Field(4, ge=1, le=32, description="connections to the mail server at a time")
    smtp_per_connection: int = Field(100, ge=1, description="mails sent over one connection before it is made anew")
    smtp_per_minute: int | None = Field(None, ge=1, description="mails sent in a minute, at most; by default no limit")
    smtp_domain_per_minute: int | None = Field(None, ge=1, description="the same for each domain that mails go to")
    mail_from: str = Field("bloc@example.vn", description="sender of every mail")
    mail_redirect: str | None = Field(None, description="for trials: all mail goes there, the true address in its subject")
    operator: str | None = Field(None, description="address that is told when something does not run; by default nobody")

    imap_host: str | None = Field(None, description="server of the mailbox that units send to; by default none is read")
    imap_port: Port = Field(993, description="port of that server")
    imap_security: Literal["starttls", "tls", "none"] = Field("tls", description="how that connection is secured")
    imap_username: str | None = Field(None, description="login at that server")
    imap_password: SecretStr | None = Field(None, description="password at that server")
    imap_folder: str = Field("INBOX", description="folder of that mailbox that is read")
    imap_address: str | None = Field(None, description="address of that mailbox; replies go to it too, with a token after `+`")
    imap_authserv: str | None = Field(
        None, description="name by which that mailbox's server says in `Authentication-Results` whether a sender is who it says"
    )
    imap_checks_senders: bool = Field(False, description="whether that server takes no mail with a forged sender at all")

    sweep_silence: int = Field(60, ge=15, description="minutes without a sweep after which people are told so")
    ping_url: SecretStr | None = Field(None, description="address fetched after each sweep (healthchecks.io's convention)")

    portal_host: str = Field("127.0.0.1", description="address that the portal listens at; behind a proxy, loopback")
    portal_port: Port = Field(8080, description="port of the portal")
    portal_url: str | None = Field(None, description="the portal's address as people open it; with it, mails link to the task")
    portal_secret: SecretStr | None = Field(None, min_length=32, description="signs cookies; by default made and kept at home")

    metrics_token: SecretStr | None = Field(
        None,
        min_length=32,
        description="bearer token for reading `/metrics` from elsewhere; by default from loopback alone",
    )

    document_templates: Absolute | None = Field(
        None, description="folder of templates that stand in for the shipped ones of documents; by default none"
    )

    upload_limit: int = Field(20_000_000, gt=0, description="largest file taken, in bytes")

    @property
    def database(self) -> str:
        """Return the URL of the database."""
        return self.database_url or f"sqlite:///{self.home / 'bloc.db'}"

    @property
    def prefect_api(self) -> str:
        """Return the URL of Prefect's API, without a slash at its end."""
        return (self.prefect_api_url or f"http://127.0.0.1:{self.prefect_port}/api").rstrip("/")

    @property
    def prefect_ui(self) -> str:
        """Return the address of Prefect's pages."""
        return self.prefect_api.removesuffix("/api")

    @property
    def prefect_login(self) -> str | None:
        """Return the ``user:password`` of Prefect's API, if it asks for one."""
        return self.prefect_api_auth.get_secret_value() if self.prefect_api_auth else None

    @property
    def portal(self) -> str:
        """Return the portal's address, without a slash at its end."""
        return (self.portal_url or f"http://127.0.0.1:{self.portal_port}").rstrip("/")

    @property
    def mail_folder(self) -> Path:
        """Return the folder in which the embedded sink keeps messages."""
        return self.home / "mail"

    @property
    def log_folder(self) -> Path:
        """Return the folder of the log files, one a part."""
        return self.home / "log"


@cache
def installation() -> Settings:
    """Return the settings of this installation: read once in a process, since to read them takes longer than a flow's work."""
    return Settings()
