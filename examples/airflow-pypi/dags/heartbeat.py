"""A DAG that says that the scheduler is alive."""

from datetime import datetime

from airflow.sdk import dag, task


@dag(schedule="@hourly", start_date=datetime(2026, 1, 1), catchup=False)
def heartbeat():
    @task
    def beat() -> str:
        return "alive"

    beat()


heartbeat()
