#!/bin/bash
# Installs what Airflow depends on into $VIRTUAL_ENV, and not Airflow: for the Python series $PYTHON, with
# the extras of $FLAVOUR, chosen as $MODE says.
set -euo pipefail
lock="locks/$FLAVOUR-$PYTHON.txt"
released="requirements/$FLAVOUR.in"
uv venv --quiet --allow-existing --python "python$PYTHON" "$VIRTUAL_ENV"
case "$MODE" in
    # Exactly these releases; nothing is resolved.
    lock) uv pip sync "$lock" ;;
    # What the released Airflow asks for, in the releases of the lock. Airflow itself comes from the sources.
    constraints) uv pip install --requirements "$released" --constraints "$lock" ;;
    # The newest that Airflow allows.
    upgrade) uv pip install --upgrade --requirements "$released" ;;
esac
if [ "$MODE" != lock ]; then
    uv pip uninstall apache-airflow apache-airflow-core apache-airflow-task-sdk
fi
