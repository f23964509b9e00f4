import pytest

from models import Deposit, Obligation
from tests.factories import cycle_of, plan
from tests.portal.conftest import DEPUTY, OTHER, OWN, SECRETARY

PDF, PNG = b"%PDF-1.7 scanned %%EOF", b"\x89PNG\r\n\x1a\n scanned"
SIGNED = {"signatory": "Họ và tên", "office": "Giám đốc", "confirmed": "yes"}


def home(site, unit="u3"):
    return f"/obligations/{site.year.obligation(unit, 'covenant').id}"


def scans(site):
    covenant = site.year.activity("covenant").id
    mine = {row.id for row in site.rows(Obligation) if row.activity_id == covenant}
    return sorted((row for row in site.rows(Deposit) if row.obligation_id in mine), key=lambda row: row.version)


def test_a_scan_comes_with_the_signature_and_both_the_unit_and_the_secretary_read_it(site):
    answer = site.visitor(OWN).post(f"{home(site)}/answer", SIGNED, files={"scan": ("Giao ước.pdf", PDF)})

    (scan,) = scans(site)
    secretary = site.visitor(SECRETARY)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/deposits/{scan.id}")
    assert site.visitor(OWN).get(f"/deposits/{scan.id}/file").content == PDF
    assert secretary.get(f"/scans/{scan.id}/file").content == PDF
    assert f'href="/scans/{scan.id}/file"' in secretary.get(f"{home(site)}/case").text
    assert "Giao ước.pdf" in secretary.get(f"{home(site)}/case").text
    assert [site.visitor(who).get(f"/scans/{scan.id}/file").status_code for who in (OTHER, DEPUTY)] == [404, 404]
    assert "file received" in secretary.get("/years/b-2030/record?unit=u3&act=deposit").text


def test_a_scan_may_follow_and_another_takes_no_earlier_ones_place(site):
    visitor = site.visitor(OWN)

    for name, data in (("1.pdf", PDF), ("2.png", PNG)):
        visitor.post(f"{home(site)}/file", files={"file": (name, data)})

    assert [(scan.version, scan.file_name, scan.state, scan.late_seconds) for scan in scans(site)] == [
        (1, "1.pdf", "accepted", 0),
        (2, "2.png", "accepted", 0),
    ]


def test_what_is_no_scan_is_refused_and_the_signature_stands(site):
    answer = site.visitor(OWN).post(f"{home(site)}/answer", SIGNED, files={"scan": ("a.txt", b"text")})

    assert [scan.state for scan in scans(site)] == ["refused"]
    assert "neither a .pdf" in site.visitor(OWN).get(answer.headers["location"]).text
    assert "Họ và tên, Giám đốc" in site.visitor(OWN).get(home(site)).text


def test_a_scan_that_is_too_large_is_told_at_its_field_and_nothing_is_recorded(site):
    answer = site.visitor(OWN).post(f"{home(site)}/answer", SIGNED, files={"scan": ("a.pdf", b"%PDF-" + bytes(300_001))})

    assert (answer.status_code, 'href="#scan"' in answer.text, scans(site)) == (422, True, [])
    assert "Họ và tên, Giám đốc" not in site.visitor(OWN).get(home(site)).text


def test_the_secretary_keeps_a_scan_of_what_came_on_paper(site):
    visitor = site.visitor(SECRETARY)

    none = visitor.post(f"{home(site)}/case/scan")
    odd = visitor.post(f"{home(site)}/case/scan", files={"scan": ("a.txt", b"text")})
    kept = visitor.post(f"{home(site)}/case/scan", files={"scan": ("a.png", PNG)})

    assert [answer.status_code for answer in (none, odd, kept)] == [422, 422, 303]
    assert [scan.state for scan in scans(site)] == ["refused", "accepted"]
    assert site.year.notices("receipt")[0].startswith("covenant/u3/receipt/2/")


def test_nothing_is_scanned_before_it_is_signed(base):
    year = cycle_of(base, plan())
    year.advance("signing", "2030-02-18 08:00")

    with pytest.raises(Exception, match="Confirm first who has signed it"):
        year.deposit("u2", PDF, "2030-02-19 09:00", "covenant")

    assert year.rows(Deposit) == []
