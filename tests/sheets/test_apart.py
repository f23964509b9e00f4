import os
import resource
import signal
from concurrent.futures import ThreadPoolExecutor

import pytest

from bloc.errors import PartFailed
from bloc.sheets import apart
from bloc.sheets.apart import read_apart, read_once, whose_apart
from bloc.sheets.package import MAX_FILE
from bloc.sheets.read import read_sheet
from bloc.sheets.write import make_sheet

pytestmark = pytest.mark.process
LIMITS = "The file asks for more time or memory than a score sheet may; is anything far outside its tables?"


@pytest.fixture(autouse=True)
def _no_child_left():
    """Begin and end without a child that waits."""
    apart._end_all()
    yield
    apart._end_all()


def idle():
    return [child._process.pid for child in apart._idle]


def said(reading):
    return [str(fault) for fault in reading.faults]


def test_what_is_read_apart_is_what_is_read_here(form, cells):
    data = make_sheet(form, cells | {("dv3", "I.1"): "x"})

    assert read_apart(data, form) == read_sheet(data, form)


def test_a_child_reads_one_sheet_after_another(form, cells):
    data = make_sheet(form, cells)
    first = [read_apart(data, form), *idle()]

    assert [read_apart(data, form), *idle()] == first


def test_what_has_been_read_once_is_not_read_again_while_that_is_asked_for(form, form_of, cells, monkeypatch):
    data = make_sheet(form, cells)
    with read_once():
        first = read_apart(data, form), whose_apart(data)
        apart._end_all()
        monkeypatch.setattr(apart, "COMMAND", ["-c", ""])

        assert (read_apart(data, form), whose_apart(data)) == first
        with pytest.raises(PartFailed):
            read_apart(data, form_of("dv3"))
    with pytest.raises(PartFailed):
        read_apart(data, form)


def test_several_at_once_read_each_its_own(form_of, cells_of):
    units = ["heza", "nnptnt", "dv3", "dv4", "dv5", "dv6", "dv7"]

    def read(unit):
        return read_apart(make_sheet(form_of(unit), cells_of(unit)), form_of(unit)).points

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(read, units)) == [cells_of(unit) for unit in units]
    assert len(idle()) <= apart.KEPT


def test_a_child_that_died_while_it_waited_is_replaced(form, cells):
    data = make_sheet(form, cells)
    read_apart(data, form)
    (pid,) = idle()
    os.kill(pid, signal.SIGKILL)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)

    assert read_apart(data, form).points == cells
    assert idle() != [pid]


def reader_that(does):
    """Return the command of a child whose reading is ``does``."""
    return [
        "-c",
        f"import os, bloc.sheets.child as child\ndef read(data, form):\n {does}\nchild.read_sheet = read\nchild.main()",
    ]


@pytest.mark.parametrize(
    ("does", "refusal"),
    [
        ("while True: pass", LIMITS),
        ("bytearray(2**30)", "The file is larger than a score sheet can be."),
        ("os.abort()", LIMITS),
    ],
    ids=["endless work", "memory without end", "an abort"],
)
def test_what_a_sheet_does_to_its_reader_ends_in_a_refusal(form, cells, does, refusal, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(apart, "COMMAND", reader_that(does))
        refused = read_apart(b"PK", form)
        apart._end_all()

    assert said(refused) == [refusal]
    assert read_apart(make_sheet(form, cells), form).points == cells


def test_a_failure_of_the_reader_itself_is_logged_and_shows_nobody_a_traceback(form, monkeypatch, caplog):
    monkeypatch.setattr(apart, "COMMAND", reader_that("raise KeyError('our mistake')"))

    assert said(read_apart(b"PK", form)) == ["The file is damaged or is not an Excel workbook (.xlsx)."]
    assert "our mistake" in caplog.text


def test_a_reader_that_does_not_start_is_no_fault_of_the_sheet(form, monkeypatch):
    monkeypatch.setattr(apart, "COMMAND", ["-c", "raise SystemExit(3)"])

    with pytest.raises(PartFailed, match=r"^The reader of score sheets does not start\.$"):
        read_apart(b"PK", form)


def test_a_reader_that_somebody_ends_is_no_fault_of_the_sheet(form, monkeypatch):
    code = (
        "import os, sys; sys.stdout.write('ready\\n'); sys.stdout.flush(); sys.stdin.buffer.read(9); os.kill(os.getpid(), 15)"
    )
    monkeypatch.setattr(apart, "COMMAND", ["-c", code])

    with pytest.raises(PartFailed, match=r"^The sheet could not be read just now; please try again\.$"):
        read_apart(b"PK", form)


def test_the_child_knows_nothing_of_what_is_secret_here(form, cells, monkeypatch):
    monkeypatch.setenv("BLOC_SMTP_PASSWORD", "secret")
    read_apart(make_sheet(form, cells), form)

    (pid,) = idle()
    with open(f"/proc/{pid}/environ", "rb") as environment:
        assert b"secret" not in environment.read()


def test_the_child_has_its_limits(form, cells):
    read_apart(make_sheet(form, cells), form)

    (pid,) = idle()
    assert resource.prlimit(pid, resource.RLIMIT_AS) == (256 * 1024 * 1024,) * 2
    assert resource.prlimit(pid, resource.RLIMIT_FSIZE) == (0, 0)


def test_what_is_too_large_is_refused_before_anything_is_started(form):
    assert said(read_apart(b"PK".ljust(MAX_FILE + 1), form)) == ["The file is larger than a score sheet can be."]
    assert idle() == []
