"""Writes the excerpt in README.md anew: replays the shipped scenario in a folder of its own, and keeps some of its lines.

Run by ``make readme``.
"""

import os
import re
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
BEGIN, END = "<!-- excerpt: written by `make readme` -->\n", "<!-- end of excerpt -->\n"
KEPT = (  # first line of a passage, and how many lines of it
    (r"^Monday 06/5/2024", 3),
    (r"^Thursday 06/6/2024", 4),
    (r"^Wednesday 27/11/2024", 5),
    (r"^Wednesday 11/12/2024", 6),
    (r"^Thursday 12/12/2024", 6),
    (r"^Ranking ", 12),
)


def main() -> None:
    """Replay, pick, write."""
    with tempfile.TemporaryDirectory() as home:
        environment = os.environ | {"BLOC_HOME": home, "BLOC_LANGUAGE": "en", "COLUMNS": "110"} | free_ports()
        command = [sys.executable, "-m", "bloc.cli", "replay", "plans/scenarios/hai-phong-2024.yaml", "--once"]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    lines = done.stdout.replace(home, "var").splitlines()
    head, _, rest = README.read_text(encoding="utf-8").partition(BEGIN)
    _, _, tail = rest.partition(END)
    README.write_text(head + BEGIN + "```text\n" + "\n".join(picked(lines)) + "\n```\n" + END + tail, encoding="utf-8")


def free_ports() -> dict[str, str]:
    """Return settings with ports that nobody uses, so that a service that is up is left in peace."""
    with socket.socket() as one, socket.socket() as other:
        for each in (one, other):
            each.bind(("127.0.0.1", 0))
        return {"BLOC_PREFECT_PORT": str(one.getsockname()[1]), "BLOC_SINK_PORT": str(other.getsockname()[1])}


def picked(lines: list[str]) -> list[str]:
    """Return the passages that are kept, with dots between them."""
    kept: list[str] = []
    for pattern, count in KEPT:
        start = next(n for n, line in enumerate(lines) if re.match(pattern, line))
        kept += [*(line.rstrip() for line in lines[start : start + count]), "..."]
    return kept[:-1]


if __name__ == "__main__":
    main()
