//! The monorepo: three services, and what an edit of one runs of the others.

use serde_json::{Map, Value, json};

use super::{Example, stand_ins};
use crate::harness::{engine, unique};

/// `docker buildx bake`, with a second file that leads to the stand-ins.
fn bake(example: &Example, images: &[(&str, &str)]) {
    let lead = |(name, image): &(&str, &str)| {
        ((*name).to_owned(), format!("docker-image://{image}").into())
    };
    let contexts: Map<String, Value> = images.iter().map(lead).collect();
    let target = json!({ "contexts": contexts, "tags": [], "output": ["type=cacheonly"] });
    let targets = json!({ "api": target, "web": target, "worker": target });
    example.project.write("stand-ins.json", json!({ "target": targets }).to_string());
    let mut docker = engine().docker();
    docker.args(["buildx", "bake", "--progress=plain", "-f", "docker-bake.json"]);
    docker.args(["-f", "stand-ins.json"]).current_dir(example.project.path());
    let baked = docker.output().expect("docker runs");
    assert!(baked.status.success(), "{}", String::from_utf8_lossy(&baked.stderr));
}

#[test]
#[ignore = "heavy; always: airflow::the_ci_image_has_airflow_as_its_sources_are"]
fn polyglot() {
    let images = [
        ("python:3.13-slim", engine().debian()),
        ("debian:bookworm-slim", engine().debian()),
        ("ghcr.io/astral-sh/uv:0.13.9", &stand_ins::uv()),
        ("node:24-slim", &stand_ins::node()),
        ("rust:1-slim-bookworm", &stand_ins::rust()),
    ];
    let example = Example::new("polyglot", &images);
    let api =
        "python -c \"from api import app; print(app.test_client().get('/you').json['greeting'])\"";
    let web = "node -e \"import('/srv/web/dist/app.js').then(async ({ app }) => \
               process.stdout.write(await (await app.request('/you')).text()))\"";
    assert_eq!(example.prints("api", api), "Hello, you!\n");
    assert_eq!(example.prints("web", web), "Hello, you!\n");
    assert_eq!(example.prints("worker", "worker"), "1: Hello, world!\n");
    example.build().args(["--target", "all"]).warm();
    bake(&example, &images);

    let dear = unique("dear");
    example.edit("api/api/__init__.py", "{name}!", &format!("{dear} {{name}}!"));
    assert_eq!(example.runs_again("web"), Vec::<String>::new());
    assert_eq!(example.runs_again("worker"), Vec::<String>::new());
    assert_eq!(example.runs_again("api"), ["source"]);
    assert_eq!(example.prints("api", api), format!("Hello, {dear} you!\n"));

    let hail = unique("Hail");
    example.edit("shared/greeting.txt", "Hello", &hail);
    assert_eq!(example.prints("worker", "worker"), format!("1: {hail}, world!\n"));
    let again = example.runs_again("all");
    assert!(!again.iter().any(|layer| layer == "dependencies"), "{again:?}");
}
