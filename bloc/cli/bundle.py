"""`bloc bundle`: a version of the result with all that it rests on, in one archive."""

from pathlib import Path
from typing import Annotated

import typer

from bloc import queries
from bloc.actions.bundles import bundle as make_bundle
from bloc.cli.door import CycleName, window, write_bytes
from bloc.cli.record import versions_of
from bloc.files import digest_of
from bloc.language import say


def bundle(
    out: Annotated[Path, typer.Option(help="Write the archive there (.zip).")],
    version: Annotated[int | None, typer.Option(help="This version of the result; else the newest.")] = None,
    cycle: CycleName = None,
) -> None:
    """Freeze a version of the result: plan, sheets, points, ranking, and formulas that reckon it again."""
    with window() as session:
        found = queries.cycle_by_key(session, cycle)
        data = make_bundle(session, found, versions_of(session, found, version)[-1])
    write_bytes(out, data)
    typer.echo(say("Written: {path}", path=str(out)))
    typer.echo(f"SHA-256: {digest_of(data)}")
