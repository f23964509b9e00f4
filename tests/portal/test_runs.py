from datetime import timedelta

import pytest
import yaml

from bloc.enums import CycleMode, NoticeKind, RunState, Trigger
from bloc.portal.run_words import STATES
from bloc.prefect_runs import DEPLOYMENTS
from models import Notice
from tests.factories import cycle_of, on, plan, sheet
from tests.portal.conftest import NOW, SECRETARY
from tests.prefect_server import prefect_server

RUNS, ID = "/years/b-2030/runs", "0d4b5a0e"


def row(state="COMPLETED", name="Completed", cycle="b-2030", run="1"):
    parameters = {} if cycle is None else {"cycle": cycle}
    return {"id": run, "state_type": state, "state_name": name, "parameters": parameters,
            "start_time": "2030-12-04T01:30:00Z", "expected_start_time": "2030-12-04T01:00:00Z"}  # fmt: skip


@pytest.fixture
def prefect(opening):
    """Return a portal and the Prefect that it asks."""
    with prefect_server() as api, opening(prefect_api_url=api.url) as site:
        for flow, deployment, _ in DEPLOYMENTS.values():
            api.answers[f"/deployments/name/{flow}/{deployment}"] = {"id": ID}
        api.answers[f"/deployments/{ID}/create_flow_run"] = {"id": "1"}
        api.answers["/flow_runs/filter"] = []
        yield site, api


def reminders(site):
    kinds = {NoticeKind.REMINDER, NoticeKind.OVERDUE, NoticeKind.WEEKLY}
    return [each.kind for each in site.year.rows(Notice) if each.kind in kinds]


def test_what_can_be_started_is_deployed():
    with open("prefect.yaml", encoding="utf-8") as file:
        deployed = {(each["entrypoint"], each["name"]) for each in yaml.safe_load(file)["deployments"]}

    from flows import aggregation, delivery, documents, reminders, sweep

    flows = (
        reminders.send_reminders,
        delivery.deliver_notices,
        aggregation.aggregate_scores,
        sweep.sweep,
        documents.draft_documents,
    )
    for trigger, flow in zip(Trigger, flows, strict=True):
        name, deployment, of_one_year = DEPLOYMENTS[trigger]
        assert (flow.name, "cycle" in flow.parameters.properties) == (name, of_one_year)
        assert (f"{flow.fn.__module__}.{flow.fn.__name__}", deployment) in deployed


@pytest.mark.parametrize(
    ("trigger", "deployment", "parameters"),
    [
        ("remind", "send-reminders/daily", {"cycle": "b-2030"}),
        ("deliver", "deliver-notices/when-queued", {"cycle": "b-2030"}),
        ("aggregate", "aggregate-scores/when-complete", {"cycle": "b-2030"}),
        ("sweep", "sweep/every-15-minutes", {"cycle": "b-2030"}),
    ],
)
def test_prefect_is_asked_for_a_run_with_the_year_and_nothing_else(prefect, trigger, deployment, parameters):
    site, api = prefect

    answer = site.visitor(SECRETARY).post(RUNS, {"trigger": trigger})

    flow = deployment.partition("/")[0]
    wanted = {"state": {"type": "SCHEDULED"}, "parameters": parameters, "idempotency_key": f"{flow}/b-2030/2030-12-04T02:00"}
    assert answer.headers["location"] == f"{RUNS}?note=run-asked"
    assert [(method, path, body) for method, path, _, body in api.seen] == [
        ("GET", f"/api/deployments/name/{deployment}", None),
        ("POST", f"/api/deployments/{ID}/create_flow_run", wanted),
    ]
    assert reminders(site) == []


def test_the_last_runs_are_shown_in_words_with_their_pages_and_none_of_another_bloc(prefect):
    site, api = prefect
    api.answers["/flow_runs/filter"] = [
        row("SCHEDULED", "Late", run="1"), row("CRASHED", "Crashed", cycle="c-2030", run="2"), row(cycle=None, run="3"),
    ]  # fmt: skip

    page = site.visitor(SECRETARY).get(RUNS).text

    assert page.count("Waiting longer than usual") == page.count("Finished") == len(Trigger)
    assert "Broken off" not in page
    assert page.count("8:30 on Wednesday 04/12/2030</span>") == 4 * len(Trigger)  # seen, and spoken with the link
    assert f'href="{api.url.removesuffix("/api")}/runs/flow-run/3"' in page
    assert api.seen[0][3]["flow_runs"] == {"expected_start_time": {"before_": "2030-12-04T02:00:00+00:00"}}


def test_every_state_has_its_words():
    assert STATES.keys() == set(RunState)


def test_a_busy_prefect_is_asked_again(prefect):
    site, api = prefect
    api.busy = 1

    answer = site.visitor(SECRETARY).post(RUNS, {"trigger": "sweep"})

    assert answer.headers["location"] == f"{RUNS}?note=run-asked"


@pytest.mark.parametrize("answers", [{}, {"/flow_runs/filter": [{"id": "1"}]}], ids=["it has no flows", "not Prefect's words"])
def test_a_server_that_is_no_prefect_of_ours_counts_as_none(prefect, answers):
    site, api = prefect
    api.answers = answers

    shown = site.visitor(SECRETARY).get(RUNS)

    assert (shown.status_code, "Prefect is not reachable at present." in shown.text) == (200, True)


def test_without_prefect_reminders_are_queued_and_mails_wait(site):
    secretary = site.visitor(SECRETARY)

    shown = secretary.get(RUNS).text
    noted = [secretary.post(RUNS, {"trigger": trigger}).headers["location"] for trigger in ("remind", "remind", "deliver")]

    assert "Prefect is not reachable at present." in shown
    assert [trigger.value for trigger in Trigger if f'value="{trigger}"' not in shown] == ["deliver"]
    assert noted == [f"{RUNS}?note=away-reminded"] * 2 + [f"{RUNS}?note=away-waits"]
    assert reminders(site).count(NoticeKind.REMINDER) == 4
    assert site.mails() == []


def test_without_prefect_what_is_complete_is_aggregated_and_no_year_is_closed_by_the_way(site):
    secretary = site.visitor(SECRETARY)

    before = secretary.post(RUNS, {"trigger": "aggregate"}).headers["location"]
    for unit, _ in site.year.units():
        site.year.deposit(unit, sheet(site.year.cycle, unit), NOW, "sheets")
    after = [secretary.post(RUNS, {"trigger": trigger}).headers["location"] for trigger in ("sweep", "aggregate")]

    assert before == f"{RUNS}?note=away-nothing"
    assert after == [f"{RUNS}?note=away-made", f"{RUNS}?note=away-nothing"]


def test_nothing_is_started_in_a_replayed_year(prefect):
    site, api = prefect
    played = cycle_of(site.year.base, plan(3, "d"), mode=CycleMode.REPLAY)
    secretary = site.visitor("secretary@d.example.vn")

    shown = secretary.get(f"/years/{played.cycle.key}/runs").text
    api.seen.clear()
    refused = secretary.post(f"/years/{played.cycle.key}/runs", {"trigger": "sweep"})

    assert "This year is replayed" in shown
    assert "<button" not in shown.partition("<main")[2]
    assert (refused.status_code, api.seen) == (409, [])


def test_what_is_to_be_started_has_to_be_chosen(site):
    assert site.visitor(SECRETARY).post(RUNS, {"trigger": "everything"}).status_code == 422


def test_a_test_mail_goes_to_one_contact_at_once_and_stands_on_record(site):
    secretary = site.visitor(SECRETARY)

    answer = secretary.post("/years/b-2030/people/trial", {"email": "u3@b.example.vn"})

    assert "The mail server has taken the test mail." in secretary.get(answer.headers["location"]).text
    ((to, subject),) = [(mail["To"].addresses[0].addr_spec, mail["Subject"]) for mail in site.mails()]
    assert (to, subject.startswith("Thư thử của ")) == ("u3@b.example.vn", True)
    assert "a test mail to a contact" in secretary.get("/years/b-2030/record").text
    assert "u3@b.example.vn" not in secretary.get("/years/b-2030/record").text


def test_what_the_mail_server_says_to_a_test_mail_is_told(opening):
    with opening(smtp_host="127.0.0.1", smtp_port=1, smtp_security="none") as site:
        answer = site.visitor(SECRETARY).post("/years/b-2030/people/trial", {"email": "u3@b.example.vn"})

    assert answer.status_code == 409
    assert "The test mail to u3@b.example.vn did not go out: " in answer.text


def test_test_mails_are_few_and_go_to_people_of_the_year_alone(site):
    secretary = site.visitor(SECRETARY)

    stranger = secretary.post("/years/b-2030/people/trial", {"email": "secretary@c.example.vn"})
    answers = [secretary.post("/years/b-2030/people/trial", {"email": "u3@b.example.vn"}) for _ in range(6)]
    site.clock.moment = on(NOW) + timedelta(minutes=16)
    later = secretary.post("/years/b-2030/people/trial", {"email": "u3@b.example.vn"})

    assert stranger.status_code == 404
    assert [answer.status_code for answer in answers] == [303] * 5 + [429]
    assert (later.status_code, len(site.mails())) == (303, 6)
