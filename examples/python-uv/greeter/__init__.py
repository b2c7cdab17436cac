"""A service that greets."""

from flask import Flask

app = Flask(__name__)


@app.get("/<name>")
def greet(name: str) -> str:
    return f"Hello, {name}!\n"
