"""docs/operations.md and deploy/, against the code: no name, command or value there is another than it says."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
import yaml

from bloc.cli.app import COMMANDS
from bloc.engine.parts import prefect_environment, server_part
from bloc.settings import Settings
from tests.cluster.parts import example
from tests.engine.waiting import answers, eventually, free_port
from tests.prefect_server import Api, prefect_server

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"
PAGE = (ROOT / "docs" / "operations.md").read_text("utf-8")
UNITS = sorted((DEPLOY / "systemd").iterdir())
SETTINGS = {f"BLOC_{name.upper()}" for name in Settings.model_fields}
ANYWHERE = {"PREFECT_API_AUTH_STRING", "PREFECT_SERVER_API_AUTH_STRING"}  # named on the page alone
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
SERVICE = {
    "image", "build", "restart", "command", "environment", "depends_on", "healthcheck", "volumes", "configs", "ports", "deploy",
}  # fmt: skip
CONDITIONS = {"service_started", "service_healthy", "service_completed_successfully"}


def text_of(path: Path) -> str:
    return path.read_text("utf-8")


def starts(unit: Path) -> list[str]:
    return re.findall(r"^ExecStart=(.+)$", text_of(unit), re.MULTILINE)


def test_every_setting_that_is_named_exists():
    for path in (ROOT / "docs" / "operations.md", *(file for file in DEPLOY.rglob("*") if file.is_file())):
        assert set(re.findall(r"BLOC_[A-Z_]+", text_of(path))) - SETTINGS == set(), path.name


def test_every_command_of_the_page_and_of_the_units_exists():
    named = set(re.findall(r"(?:`|bin/|^    |portal |trial )bloc ([a-z-]+)", PAGE, re.MULTILINE))
    named |= {word for unit in UNITS for line in starts(unit) for word in re.findall(r"bin/bloc ([a-z-]+)", line)}

    assert {"up", "portal", "deploy", "backup", "restore", "verify", "plan", "status", "health", "notices"} <= named
    assert named - set(COMMANDS) == set()


def test_every_unit_and_file_of_the_page_exists():
    units = {
        name.replace("@4200", "@").replace("@1", "@").replace("@2", "@")
        for name in re.findall(r"[\w@-]+\.(?:service|timer)", PAGE)
    }
    files = set(re.findall(r"deploy/[\w./-]*\w", PAGE)) - {"deploy/compose.env", "deploy/secrets"}

    assert units - {unit.name for unit in UNITS} == set()
    assert {unit.name for unit in UNITS} - units == set()
    assert [name for name in files if not (ROOT / name).exists()] == []


def test_prefects_clients_are_told_what_bloc_up_tells_them():
    told, ours = example("prefect"), prefect_environment(Settings(_env_file=None))

    assert set(told) == set(ours)
    others = {"PREFECT_API_URL", "PREFECT_HOME"}
    assert {name: told[name] for name in set(told) - others} == {name: ours[name] for name in set(ours) - others}


def test_prefects_server_is_told_what_bloc_up_tells_it_but_where_it_is_and_where_it_keeps_things():
    told, ours = example("prefect-server"), server_part(Settings(_env_file=None)).env
    others = {"PREFECT_HOME", "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE", "PREFECT_SERVER_UI_STATIC_DIRECTORY"}

    assert {name: ours[name] for name in set(told) & set(ours) - others} == {
        name: told[name] for name in set(told) & set(ours) - others
    }
    assert {name for name in ours if name.startswith("PREFECT_SERVER")} - set(told) == {"PREFECT_SERVER_EPHEMERAL_ENABLED"}


@pytest.mark.process
def test_every_variable_of_prefect_that_is_named_is_one_of_its_settings():
    known = subprocess.check_output(
        [
            sys.executable,
            "-c",
            "from prefect.settings.legacy import _get_settings_fields as f; from prefect.settings import Settings;"
            "print(*f(Settings))",
        ],
        text=True,
    ).split()
    redis = {"PREFECT_REDIS_MESSAGING_URL", "PREFECT_REDIS_WORKER_CLEANUP_QUEUE_URL"}
    named = (
        {*example("prefect"), *example("prefect-server"), *re.findall(r"(?<!BLOC_)PREFECT_[A-Z_]+[A-Z]", PAGE)}
        - ANYWHERE
        - redis
        - {"DO_NOT_TRACK"}
    )

    assert named - set(known) == set()


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd")
@pytest.mark.process
def test_the_units_are_units(tmp_path):
    for unit in UNITS:
        (tmp_path / unit.name).write_text(
            text_of(unit).replace("/opt/bloc/.venv/bin", str(Path(sys.executable).parent)), "utf-8"
        )

    said = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *sorted(tmp_path.iterdir())], capture_output=True, text=True, check=False
    )

    assert [line for line in said.stderr.splitlines() if str(tmp_path) in line or "bloc" in line] == []


def test_the_compose_file_names_nothing_that_it_does_not_have():
    services = COMPOSE["services"]

    assert set(COMPOSE) == {"name", "services", "configs", "volumes", "x-bloc", "x-server", "x-client"}
    for name, service in services.items():
        assert set(service) <= SERVICE, name
        assert service["image"].count("/") == 0, name
        for other, how in service.get("depends_on", {}).items():
            assert how["condition"] in CONDITIONS
            assert how["condition"] != "service_healthy" or "healthcheck" in services[other], name
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            assert source.startswith("./") or source in COMPOSE["volumes"], name
        assert {config["source"] for config in service.get("configs", ())} <= set(COMPOSE["configs"])
        assert all(isinstance(value, str) for value in service.get("environment", {}).values()), name
    assert {name for name, service in services.items() if "ports" in service} == {"proxy"}


def test_the_compose_file_asks_for_what_its_environment_file_names():
    wanted = set(re.findall(r"\$\{([A-Z_]+)", text_of(DEPLOY / "compose.yaml")))

    assert wanted == {
        line.split("=")[0] for line in text_of(DEPLOY / "compose.env.example").splitlines() if re.match("[A-Z]", line)
    }


def test_containers_are_told_what_units_are_told():
    where = re.compile("URL$|_HOME$|_HOST$|_PORT$|_DIRECTORY$")
    server, client = COMPOSE["x-server"], COMPOSE["x-client"]
    told = {name: value for name, value in example("prefect-server").items() if not where.search(name)}

    assert {name: value for name, value in server.items() if not where.search(name)} == told
    assert {name for name in server if name.endswith("URL")} == {
        name for name in example("prefect-server") if name.endswith("URL")
    }
    mine = {name: value for name, value in client.items() if name.startswith("PREFECT") or name == "DO_NOT_TRACK"}
    assert {n: v for n, v in mine.items() if not where.search(n)} == {
        n: v for n, v in example("prefect").items() if not where.search(n)
    }


def test_containers_run_the_command_lines_of_the_units():
    units = {shlex.split(line.partition("bin/")[2])[0]: line for unit in UNITS for line in starts(unit)}
    lines = " ".join(line for unit in UNITS for line in starts(unit))

    assert set(units) >= {"bloc", "prefect"}
    for name in ("worker", "portal", "prefect-services", "prefect-api"):
        words = COMPOSE["services"][name]["command"]
        assert " ".join(words).split(" --host")[0] in lines, name


def test_the_dockerfile_installs_from_the_lock_and_runs_as_nobody_special():
    text = text_of(DEPLOY / "Dockerfile")

    assert "--require-hashes -r requirements.lock" in text
    assert re.search(r"^USER bloc$", text, re.MULTILINE)
    assert [
        name
        for line in re.findall(r"^COPY (.+) \S+$", text, re.MULTILINE)
        for name in line.split()
        if not (ROOT / name).exists()
    ] == []


@pytest.fixture
def nginx(tmp_path: Path) -> Iterator[tuple[int, Api, Api]]:
    """Run nginx with deploy/nginx.conf, whose ports, upstreams and secrets are others; give its port and what is behind it."""
    program = shutil.which("nginx")
    if program is None:
        pytest.skip("needs nginx")
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=bloc.example.vn", "-days", "2",
         "-keyout", secrets / "bloc.key", "-out", secrets / "bloc.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    (secrets / "operators").write_text("operator:{PLAIN}secret\n")
    port = free_port()
    with prefect_server() as portal, prefect_server() as prefect:
        text = text_of(DEPLOY / "nginx.conf").replace("/etc/nginx/secrets", str(secrets))
        text = text.replace("portal:8080", f"127.0.0.1:{portal.server_port}").replace(
            "prefect-api:4200", f"127.0.0.1:{prefect.server_port}"
        )
        text = text.replace("443 ssl", f"127.0.0.1:{port} ssl").replace("listen 80", f"listen 127.0.0.1:{free_port()}")
        paths = " ".join(
            f"{kind}_temp_path {tmp_path}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        conf = tmp_path / "nginx.conf"
        user = "user root;" if os.getuid() == 0 else ""  # a test's folder is its owner's
        conf.write_text(f"{user} pid {tmp_path}/pid; daemon off;\nevents {{}}\nhttp {{ access_log off; {paths}\n{text}\n}}\n")
        subprocess.run([program, "-t", "-c", conf], check=True, capture_output=True)
        process = subprocess.Popen([program, "-c", conf], stderr=subprocess.DEVNULL)
        assert eventually(lambda: answers(port))
        yield port, portal, prefect
        process.terminate()
        process.wait(10)


def through(port: int, host: str, path: str, login: str | None = None) -> int:
    import ssl

    headers = {"Host": host} | ({"Authorization": "Basic " + b64encode(login.encode()).decode()} if login else {})
    try:
        with urlopen(
            Request(f"https://127.0.0.1:{port}{path}", headers=headers), context=ssl._create_unverified_context()
        ) as answer:
            return int(answer.status)
    except HTTPError as error:
        return error.code


@pytest.mark.server
def test_the_proxy_lets_only_operators_see_prefect_and_everybody_the_portal(nginx):
    port, portal, prefect = nginx

    seen = [
        through(port, "bloc.example.vn", "/healthz"),
        through(port, "prefect.example.vn", "/api/ready"),
        through(port, "prefect.example.vn", "/api/ready", "operator:wrong"),
        through(port, "prefect.example.vn", "/api/ready", "operator:secret"),
    ]

    assert seen == [204, 401, 401, 204]
    assert [path for _, path, _, _ in portal.seen] == ["/healthz"]
    assert [(path, login) for _, path, login, _ in prefect.seen] == [("/api/ready", None)]
