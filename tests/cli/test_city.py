from tests.cli.conftest import Said
from tests.factories import plan_text


def test_the_city_sees_each_bloc_of_the_newest_year(bloc, plan_file):
    bloc("plan", "apply", plan_file)

    said = bloc("city")

    assert said.out.splitlines()[0] == "Khối B"
    assert said.out.splitlines()[1].endswith("done: 0 of 0; overdue: 0 (units: 0); score sheets: 0 of 3; result: none.")
    assert bloc("city", "--year", "1999").err == "bloc: No bloc has a plan of that year; there are: 2030\n"


def test_who_looks_on_is_granted_listed_and_revoked(bloc):
    granted = bloc("city", "grant", "Ban@example.vn", "--by", "Quản trị")
    revoked, again = bloc("city", "revoke", "ban@example.vn", "--by", "Quản trị"), bloc("city", "revoke", "ban@example.vn")

    assert granted == Said(0, "ban@example.vn looks on for the city: Ban Thi đua - Khen thưởng.\n")
    assert revoked.status == 0
    assert again == Said(1, "", "bloc: ban@example.vn does not look on for the city.\n")
    assert bloc("city", "list").out.count("Quản trị") == 2
    assert bloc("city", "grant", "nobody").status == 1


def test_the_next_plan_is_written_with_what_changes_and_passes_the_check(bloc, plan_file, tmp_path):
    bloc("plan", "apply", plan_file)

    said = bloc("plan", "next", "--year", "2031", "--out", "next.yaml")
    checked = bloc("plan", "check", tmp_path / "next.yaml")

    assert '  "Báo cáo sơ kết": the last day is moved from 06/6/2030 to 06/6/2031 (opens 06/5/2031).' in said.out.splitlines()
    assert "Still to be filled in" in said.out
    assert checked.status == 0
    assert "next.yaml:" in checked.out
    assert bloc("plan", "check", plan_file).out.count("\n") == 1


def test_the_next_plan_begins_a_year_beside_the_old_one_which_stays_as_it_was(bloc, plan_file, tmp_path):
    bloc("plan", "apply", plan_file)
    bloc("plan", "next", "--out", "next.yaml")

    begun = bloc("plan", "apply", tmp_path / "next.yaml")

    assert begun.out.splitlines()[0] == "The year b-2031 begins."
    assert bloc("plan", "apply", plan_file) == Said(0, "Nothing changes: b-2030 is in step with the file.\n")


def test_the_next_plan_is_of_a_year_after(bloc, plan_file):
    plan_file.write_text(plan_text(), encoding="utf-8")
    bloc("plan", "apply", plan_file)

    assert bloc("plan", "next", "--year", "2030").err == "bloc: The next plan is of a year after 2030.\n"
