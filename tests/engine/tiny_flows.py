"""Two flows of one line: what the test of the engine deploys, so that it tests the engine and nothing else."""

from datetime import datetime

from prefect import flow, get_run_logger


@flow(name="tick")
async def tick(as_of: datetime | None = None) -> int:
    """Say that the clock has struck."""
    get_run_logger().info("tick")
    return 1


@flow(name="answer")
async def answer(as_of: datetime | None = None) -> int:
    """Say that an event has come."""
    get_run_logger().info("answer")
    return 2
