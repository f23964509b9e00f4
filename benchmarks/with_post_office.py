"""What benchmarks/notices.py runs in django-post_office's environment: sends what was rendered, at its best settings."""

import json
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import django
from django.conf import settings
from django.core.management import call_command

THREADS = 16
SENDER = "bloc@example.vn"


def engine(url: str) -> dict[str, Any]:
    """Return Django's words for a database that SQLAlchemy's URL names."""
    if url.startswith("sqlite"):
        file, options = url.removeprefix("sqlite:///"), {"init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL"}
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": file, "OPTIONS": options}
    parts = urlsplit(url)
    host = parse_qs(parts.query).get("host", [parts.hostname or ""])[0]
    return {
        "ENGINE": "django.db.backends.postgresql", "NAME": parts.path.lstrip("/"), "USER": parts.username or "",
        "PASSWORD": parts.password or "", "HOST": host, "PORT": str(parts.port or ""),
    }  # fmt: skip


def configure(url: str, port: int, count: int) -> None:
    """Set Django up, and make the tables."""
    settings.configure(
        DATABASES={"default": engine(url)}, INSTALLED_APPS=["post_office"], USE_TZ=True,
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        EMAIL_BACKEND="post_office.EmailBackend", EMAIL_HOST="127.0.0.1", EMAIL_PORT=port,
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
        POST_OFFICE={
            "BACKENDS": {"default": "django.core.mail.backends.smtp.EmailBackend"}, "BATCH_SIZE": count, "LOG_LEVEL": 0,
            "THREADS_PER_PROCESS": THREADS, "BATCH_DELIVERY_TIMEOUT": 3600,
        },
    )  # fmt: skip
    django.setup()
    call_command("migrate", verbosity=0)


def mails(template: dict[str, Any], rows: list[dict[str, Any]], way: str) -> list[dict[str, Any]]:
    """Return what `send_many` is to queue: texts that are rendered, or a template of its own that it renders as it sends."""
    from post_office.models import EmailTemplate  # Django has to be set up before

    own = EmailTemplate(
        name="reminder", subject=template["subject"], content=template["message"], html_content=template["html_message"]
    )
    own.save()
    addressed = [{"recipients": [row["to"]], "sender": row["sender"], "headers": row["headers"]} for row in rows]
    if way == "rendered":
        said = [{name: row[name] for name in ("subject", "message", "html_message")} for row in rows]
    else:
        said = [{"template": own, "context": row["filling"], "render_on_delivery": True} for row in rows]
    return [{**to, **what} for to, what in zip(addressed, said, strict=True)]


def main(url: str, file: str, port: int, way: str) -> None:
    """Queue all with `send_many`, send them in one batch, print how long each took."""
    template, *rows = [json.loads(line) for line in Path(file).read_text("utf-8").splitlines()]
    configure(url, port, len(rows))
    from post_office import mail  # Django has to be set up before

    start = time.perf_counter()
    mail.send_many(mails(template, rows, way))
    queued = time.perf_counter()
    sent, failed, requeued = mail.send_queued(processes=1)
    ended = time.perf_counter()
    print(json.dumps({"queueing": queued - start, "seconds": ended - queued, "sent": sent, "failed": failed + requeued}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4])
