from tests.factories import on


def test_health_says_to_machines_what_is_wrong(site):
    tidy = {"wrong": [], "well": True}
    site.clock.moment = on("2030-01-02 08:30")  # before anything was due
    before = site.visitor().get("/healthz")

    site.clock.moment = on("2030-12-05 09:00")
    after = site.visitor(language="en").get("/healthz")

    assert (before.status_code, before.json()) == (200, tidy)
    assert (after.status_code, after.json()["well"]) == (503, False)
    assert [wrong.split(".")[0] for wrong in after.json()["wrong"]] == [
        "The sweep has not run since 9:00 on Wednesday 04/12/2030: no reminder goes out and no result is made",
        "24 mails wait for the mail server longer than they should",
    ]
