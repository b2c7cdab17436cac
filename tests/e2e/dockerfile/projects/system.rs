//! apt and dnf.

use super::{FIRST, Shape, asked, each, index, tools_of_presets};
use crate::harness::engine;
use crate::presets::dnf;

/// The lists are compared, too: a later step, or a file that is built on this image, installs by them.
#[test]
fn apt() {
    let server = index();
    let files = |count| {
        let list = each(count, |name| format!(" {name}"));
        let dockerfile = format!(
            "FROM tools\nRUN rm -rf /etc/apt/sources.list.d && echo 'deb [trusted=yes] {} deb/' > /etc/apt/sources.list\n\
             RUN apt-get update\nRUN apt-get install -y --no-install-recommends{list}\n\
             COPY app.txt /app/\n",
            server.url("/")
        );
        vec![("Dockerfile", dockerfile), ("app.txt", String::new())]
    };
    let fetched = |_: &str, requests: &[String]| asked(requests, ".deb");
    let tools = engine().debian().to_owned();
    let ignored = ["var/cache/apt", "var/log", "var/cache/ldconfig"];
    Shape { name: "apt", tools, files: &files, first: FIRST, fetched: &fetched, ignored: &ignored }
        .check(&server);
}

/// The database of packages has the time in it. Without `keepcache`, dnf keeps what it knows of packages
/// and not the packages.
#[test]
#[ignore = "heavy; always: dockerfile::projects::system::apt"]
fn dnf() {
    let server = dnf::serve();
    let files = |count| {
        let source = format!("[own]\nname=own\nbaseurl={}\ngpgcheck=0\n", server.url(""));
        let list = ["alpha", "beta"][..count].join(" ");
        let dockerfile = format!(
            "FROM tools\nCOPY own.repo /etc/yum.repos.d/\n\
             RUN dnf install -y --setopt=install_weak_deps=False --setopt=keepcache=True {list}\nCOPY app.txt /app/\n"
        );
        vec![("Dockerfile", dockerfile), ("own.repo", source), ("app.txt", String::new())]
    };
    let fetched = |_: &str, requests: &[String]| asked(requests, ".rpm");
    let tools = tools_of_presets(dnf::TOOLS);
    let ignored = ["var/cache/dnf", "var/lib/dnf", "var/lib/rpm", "var/log", "root/.rpmdb"];
    Shape { name: "dnf", tools, files: &files, first: 1, fetched: &fetched, ignored: &ignored }
        .check(&server);
}
