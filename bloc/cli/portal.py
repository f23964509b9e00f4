"""`bloc portal`: the pages alone, where the rest of the service runs elsewhere."""

from bloc.portal.app import serve
from bloc.settings import Settings


def portal() -> None:
    """Serve the portal alone, in the foreground; `bloc up` serves it with all the rest."""
    serve(Settings())
