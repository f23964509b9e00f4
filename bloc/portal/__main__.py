"""``python -m bloc.portal [--demo]``: the portal as a process of its own, as the engine starts it."""

import argparse

from bloc.language import use
from bloc.portal.app import serve
from bloc.settings import Settings

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--demo", action="store_true")
    settings = Settings()
    use(settings.language)
    serve(settings, demo=parser.parse_args().demo)
