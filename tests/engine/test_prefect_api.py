from bloc.engine.prefect_api import PrefectApi
from tests.prefect_server import prefect_server


def test_a_run_left_over_that_prefect_cannot_end_is_deleted():
    with prefect_server() as server:
        server.status = 500  # as when its deployment, and with that its slot, is gone
        server.answers = {"/flow_runs/filter": [{"id": "r1"}], "/flow_runs/r1": {}}

        count = PrefectApi(server.url).crash_leftovers("The test says so.")

    assert count == 1
    assert [seen[:2] for seen in server.seen[1:]] == [("POST", "/api/flow_runs/r1/set_state"), ("DELETE", "/api/flow_runs/r1")]
