//! Python with uv, Node.js with pnpm.

use super::{Example, stand_ins};
use crate::harness::{engine, unique};

const GREET: &str =
    "python -c \"from greeter import app; print(app.test_client().get('/world').text, end='')\"";

#[test]
#[ignore = "heavy; always: airflow::the_ci_image_has_airflow_as_its_sources_are"]
fn python_with_uv() {
    let images = [
        ("python:3.13-slim", engine().debian()),
        ("ghcr.io/astral-sh/uv:0.13.9", &stand_ins::uv()),
    ];
    let example = Example::new("python-uv", &images);
    assert_eq!(example.prints("app", GREET), "Hello, world!\n");
    let tested = example.prints("test", "cat /opt/tests.txt");
    assert!(tested.contains("1 passed"), "{tested}");
    assert!(!example.prints("app", "ls /usr/local/bin").contains("uv"));

    let hail = unique("Hail");
    example.edit("greeter/__init__.py", "Hello", &hail);
    assert_eq!(example.runs_again("app"), ["source"]);
    assert_eq!(example.prints("app", GREET), format!("{hail}, world!\n"));
    let failing = example.build().args(["--target", "test", "--output", "type=cacheonly"]).fails();
    failing.says("1 failed");
}

/// Asks the service without a port.
fn ask(app: &str) -> String {
    format!(
        "node -e \"import('{app}').then(async ({{ app }}) => \
         process.stdout.write(await (await app.request('/world')).text()))\""
    )
}

#[test]
#[ignore = "heavy; always: airflow::the_ci_image_has_airflow_as_its_sources_are"]
fn node_with_pnpm() {
    let example = Example::new("node-pnpm", &[("node:24-slim", &stand_ins::node())]);
    assert_eq!(example.prints("app", &ask("/app/dist/app.js")), "Hello, world!\n");
    let packages = example.prints("app", "ls /app/node_modules /app/node_modules/@hono");
    assert!(packages.contains("node-server") && !packages.contains("typescript"), "{packages}");

    let hail = unique("Hail");
    example.edit("src/app.ts", "Hello", &hail);
    assert_eq!(example.runs_again("app"), ["compile", "service"]);
    assert_eq!(example.prints("app", &ask("/app/dist/app.js")), format!("{hail}, world!\n"));
}
