//! pip, uv and Poetry.

use super::{FIRST, Shape, asked, each, index};
use crate::harness::{Server, pushed};

/// Debian with pip in an environment, and more programs in it.
fn tools(more: &str) -> String {
    let dockerfile = format!(
        "FROM debian\nRUN python3 -m venv /opt/tools\n{more}ENV PATH=/opt/tools/bin:$PATH\n"
    );
    pushed("tools", &dockerfile, "linux/amd64")
}

/// What Debian has no packages of.
const UV_AND_POETRY: &str = "RUN /opt/tools/bin/pip install --quiet uv poetry==2.5.1\n";

fn wheels(_: &str, requests: &[String]) -> usize {
    asked(requests, ".whl")
}

fn check(
    server: &Server,
    (name, more): (&str, &str),
    files: &dyn Fn(usize) -> Vec<(&'static str, String)>,
    fetched: &dyn Fn(&str, &[String]) -> usize,
) {
    let tools = tools(more);
    let ignored = [
        "root/.cache/pip",
        "root/.cache/uv",
        "root/.cache/pypoetry/cache",
        "root/.cache/pypoetry/artifacts",
    ];
    Shape { name, tools, files, first: FIRST, fetched, ignored: &ignored }.check(server);
}

#[test]
#[ignore = "heavy; always: dockerfile::projects::system::apt"]
fn pip() {
    let server = index();
    let files = |count| {
        let dockerfile = format!(
            "FROM tools\nWORKDIR /app\nENV PIP_INDEX_URL={} PIP_TRUSTED_HOST={} PYTHONDONTWRITEBYTECODE=1\n\
             COPY requirements.txt .\n\
             RUN pip install --no-compile -r requirements.txt\nCOPY app.py .\nCMD [\"python\", \"app.py\"]\n",
            server.url("/simple/"),
            server.address()
        );
        let list = each(count, |name| format!("{name}==1.0\n"));
        vec![
            ("Dockerfile", dockerfile),
            ("requirements.txt", list),
            ("app.py", "import p01\n".to_owned()),
        ]
    };
    // pip asks of each whether it has changed, and tells which it got anew.
    let fetched = |log: &str, _: &[String]| {
        log.lines().filter(|line| line.contains(" Downloading ") && line.contains("-1.0-")).count()
    };
    check(&server, ("pip", ""), &files, &fetched);
}

#[test]
#[ignore = "heavy; always: dockerfile::projects::system::apt"]
fn uv() {
    let server = index();
    let files = |count| {
        let dockerfile = format!(
            "FROM tools\nWORKDIR /app\nENV UV_DEFAULT_INDEX={}\nRUN uv venv --quiet .venv\n\
             COPY requirements.txt .\nRUN uv pip install -r requirements.txt\nCOPY app.py .\n",
            server.url("/simple/")
        );
        let list = each(count, |name| format!("{name}==1.0\n"));
        vec![
            ("Dockerfile", dockerfile),
            ("requirements.txt", list),
            ("app.py", "import p01\n".to_owned()),
        ]
    };
    check(&server, ("uv", UV_AND_POETRY), &files, &wheels);
}

#[test]
#[ignore = "heavy; always: dockerfile::projects::system::apt"]
fn poetry() {
    let server = index();
    let files = |count| {
        let dockerfile = "FROM tools\nWORKDIR /app\nENV POETRY_VIRTUALENVS_CREATE=false PYTHONDONTWRITEBYTECODE=1\n\
             COPY pyproject.toml .\nRUN poetry lock && poetry install --no-root\nCOPY app.py .\n";
        let list = each(count, |name| format!("\"{name}==1.0\", "));
        let project = format!(
            "[project]\nname = \"app\"\nversion = \"1.0\"\nrequires-python = \">=3.9\"\ndependencies = [{list}]\n\
             [tool.poetry]\npackage-mode = false\n[[tool.poetry.source]]\nname = \"own\"\nurl = \"{}\"\n",
            server.url("/simple/")
        );
        vec![
            ("Dockerfile", dockerfile.to_owned()),
            ("pyproject.toml", project),
            ("app.py", "import p01\n".to_owned()),
        ]
    };
    check(&server, ("Poetry", UV_AND_POETRY), &files, &wheels);
}
