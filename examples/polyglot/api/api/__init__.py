"""The API."""

from pathlib import Path

from flask import Flask

GREETING = Path("/srv/shared/greeting.txt").read_text().strip()

app = Flask(__name__)


@app.get("/<name>")
def greet(name: str) -> dict[str, str]:
    return {"greeting": f"{GREETING}, {name}!"}
