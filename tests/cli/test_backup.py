"""`bloc backup` and `bloc restore`, as an operator types them."""

from tests.factories import cycle_of, plan


def test_a_year_is_moved_to_another_installation(bloc, base, tmp_path, monkeypatch):
    cycle_of(base, plan())

    made = bloc("backup", "year.zip")
    again = bloc("backup", "year.zip")
    monkeypatch.setenv("BLOC_DATABASE_URL", f"sqlite:///{tmp_path / 'other.db'}")
    taken = bloc("restore", "year.zip")
    twice = bloc("restore", "year.zip")
    trail = bloc("audit", "verify")

    assert made.status == taken.status == trail.status == 0
    assert made.out.splitlines()[0] == "Written: year.zip"
    assert taken.out.splitlines()[0] == "Restored: year.zip"
    assert made.out.splitlines()[1] == taken.out.splitlines()[1]
    assert (again.status, again.err) == (1, "bloc: year.zip exists already; give another name.\n")
    assert (twice.status, twice.err) == (1, "bloc: The database is not empty; a backup is restored into a new one.\n")


def test_what_is_no_backup_is_refused_in_words(bloc, tmp_path, monkeypatch):
    monkeypatch.setenv("BLOC_DATABASE_URL", f"sqlite:///{tmp_path / 'other.db'}")
    (tmp_path / "none.zip").write_bytes(b"PK")

    assert bloc("restore", "none.zip").err == "bloc: none.zip is no backup, or is damaged.\n"
    assert bloc("restore", "nowhere.zip").err == "bloc: nowhere.zip cannot be used: there is no such file or folder\n"
