"""How long a score sheet of 50 criteria by 8 units takes to be read, beside other ways, in the same run.

    .venv/bin/python benchmarks/sheets.py [TIMES]

Prints the best of TIMES (default 30), taken in turn, and the ratios; then what the worst files come to. Exit status 1 if
a ratio or a limit of the house is broken. pandas, where it is installed, is measured too; it reads with openpyxl and then
some, so that openpyxl alone stands for both.
"""

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

from openpyxl import load_workbook
from python_calamine import CalamineWorkbook

sys.path.insert(0, str(Path(__file__).parent.parent))

from bloc.rules.criteria import Criteria, Criterion, Group
from bloc.sheets import apart
from bloc.sheets.apart import read_apart
from bloc.sheets.form import Form
from bloc.sheets.read import read_sheet
from bloc.sheets.write import make_sheet

UNITS, GROUPS, IN_GROUP = 8, 5, 10
TO_CALAMINE = 3.0  # times the bare parse, at most
TO_OPENPYXL = 5.0  # times faster than openpyxl merely reads, at least
WARM = 0.100  # seconds for a sheet accepted, with its child
HOSTILE = 2.0  # seconds
CHILD = 256  # MB that a child may come to
GROWTH = 16 * 1024  # kB that the process which has all hostile files read may grow by


def form() -> Form:
    """Return a sheet of 50 criteria by 8 units."""
    groups = tuple(
        Group(f"{g}", f"Nhóm {g}", tuple(Criterion(f"{g}.{c}", f"Tiêu chí {g}.{c}", 0, 5_000) for c in range(IN_GROUP)))
        for g in range(GROUPS)
    )
    members = {f"u{n}": f"Sở số {n}" for n in range(UNITS)}
    return Form("bench", 2000, "Khối", "u0", members, Criteria(250, groups))


def with_calamine(data: bytes) -> None:
    """Parse the two sheets, and do nothing with them."""
    with CalamineWorkbook.from_filelike(BytesIO(data)) as book:
        for name in ("Tự chấm", "Chấm chéo"):
            book.get_sheet_by_name(name).to_python(skip_empty_area=False)


def with_openpyxl(data: bytes) -> None:
    """Read the values of the two sheets, as pandas has openpyxl do."""
    book = load_workbook(BytesIO(data), read_only=True, data_only=True, keep_links=False)
    for name in ("Tự chấm", "Chấm chéo"):
        list(book[name].iter_rows(values_only=True))


def with_pandas(data: bytes) -> None:
    """Read the two sheets as tables."""
    import pandas  # not a dependency

    pandas.read_excel(BytesIO(data), sheet_name=["Tự chấm", "Chấm chéo"], engine="openpyxl", header=None)


def best(times: int, ways: Mapping[str, Callable[[], object]]) -> dict[str, float]:
    """Return the best time of each way in seconds, taken in turn, so that a busy machine slows all alike."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(times):
        for name, way in ways.items():
            start = time.perf_counter()
            way()
            taken[name].append(time.perf_counter() - start)
    return {name: min(seconds) for name, seconds in taken.items()}


def main(times: int) -> int:
    """Measure; return the exit status."""
    sheet = form()
    leaves = list(enumerate(sheet.criteria))
    cells = {(unit, leaf.code): 250 * ((n + int(unit[1:])) % 20) for unit in sheet.members for n, leaf in leaves}
    data = make_sheet(sheet, cells)
    assert read_apart(data, sheet).points == cells
    ways: dict[str, Callable[[], object]] = {
        "calamine": lambda: with_calamine(data),
        "read": lambda: read_sheet(data, sheet),
        "apart": lambda: read_apart(data, sheet),
        "openpyxl": lambda: with_openpyxl(data),
    }
    if find_spec("pandas"):
        ways["pandas"] = lambda: with_pandas(data)
    took = best(times, ways)
    for name, seconds in took.items():
        print(f"{name:10} {seconds * 1000:7.2f} ms")
    slower, faster = took["read"] / took["calamine"], took["openpyxl"] / took["read"]
    print(f"read and validated: {slower:.2f} times the bare parse, {faster:.1f} times faster than openpyxl merely reads")
    bad = slower > TO_CALAMINE or faster < TO_OPENPYXL or took["apart"] > WARM
    return int(worst(sheet) or bad)


def worst(sheet: Form) -> bool:
    """Build every hostile file and have a process that did not build them read each; return whether a limit was broken."""
    from tests.sheets.hostile import FILES  # so that the process which reads them does not bring it in

    with tempfile.TemporaryDirectory() as folder:
        for number, (name, (build, _)) in enumerate(FILES.items()):
            (Path(folder) / f"{number:03} {name}").write_bytes(build(sheet))
        return subprocess.run([sys.executable, __file__, "--read", folder], check=False).returncode != 0


def read_all(folder: Path) -> int:
    """Read every file of a folder apart; return the exit status."""
    sheet, slowest = form(), (0.0, "")
    read_apart(b"PK", sheet)
    before = memory()
    for file in sorted(folder.iterdir()):
        data, start = file.read_bytes(), time.perf_counter()
        assert read_apart(data, sheet).faults, file.name
        slowest = max(slowest, (time.perf_counter() - start, file.name))
        del data
    grown = memory() - before
    apart._end_all()
    largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    count = len(list(folder.iterdir()))
    print(f"{count} hostile files: at most {slowest[0]:.2f} s ({slowest[1]}), the largest child {largest} MB")
    print(f"the process that had them read grew by {grown} kB")
    return int(slowest[0] > HOSTILE or largest > CHILD or grown > GROWTH)


def memory() -> int:
    """Return what this process holds now, in kB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() // 1024


if __name__ == "__main__":
    if sys.argv[1:2] == ["--read"]:
        sys.exit(read_all(Path(sys.argv[2])))
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 30))
