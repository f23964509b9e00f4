"""``python -m flows``: what a worker starts for a run, in the place of ``python -m prefect.engine``.

It is that, begun sooner: what every flow needs is imported first, without looking for garbage where there is none. That it is
named at all (``bloc.engine.deploy``) spares each run a second process, which Prefect starts before one whose command it has to
find out.
"""

import gc
import sys
from importlib import import_module
from runpy import run_module

gc.disable()
import_module("flows.artifacts")
import_module("flows.door")
gc.freeze()
gc.enable()
sys.modules.pop("prefect.engine", None)  # its flows have imported it; runpy would warn of it
run_module("prefect.engine", run_name="__main__", alter_sys=True)
