"""The command line: a thin door. What a command needs is imported when it runs, so that `bloc status` stays quick."""

from bloc.cli.app import main

__all__ = ["main"]
