"""``python -m bloc.portal [--demo]``: the portal as a process of its own, as the engine starts it."""

import argparse
import logging

from bloc.language import use
from bloc.portal.app import serve
from bloc.settings import Settings

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--demo", action="store_true")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    settings = Settings()
    use(settings.language)
    serve(settings, demo=parser.parse_args().demo)
