"""``python -m bloc.cli`` is ``bloc``."""

from bloc.cli.app import main

main()
