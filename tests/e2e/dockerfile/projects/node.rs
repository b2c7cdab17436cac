//! npm, pnpm and Yarn.

use super::{FIRST, Shape, asked, each, index, tools_of_presets};
use crate::presets::node::NODE;

fn check(name: &str, install: &str, ignored: &[&str]) {
    let server = index();
    let files = |count| {
        let dockerfile = format!(
            "FROM tools AS build\nWORKDIR /app\nENV NODE_ENV=production\nCOPY package.json .npmrc ./\n\
             RUN {install}\nCOPY index.js .\nUSER 1000\nCMD [\"node\", \"index.js\"]\n"
        );
        let list = each(count, |name| format!("\"{name}\": \"1.0.0\","));
        let package = format!(
            "{{\"name\": \"app\", \"version\": \"1.0.0\", \"dependencies\": {{{}}}}}",
            list.trim_end_matches(',')
        );
        vec![
            ("Dockerfile", dockerfile),
            ("package.json", package),
            (".npmrc", format!("registry={}\n", server.url("/npm/"))),
            ("index.js", "require('p01');\n".to_owned()),
        ]
    };
    let fetched = |_: &str, requests: &[String]| asked(requests, ".tgz");
    let tools = tools_of_presets(NODE);
    Shape { name, tools, files: &files, first: FIRST, fetched: &fetched, ignored }.check(&server);
}

#[test]
#[ignore = "heavy; always: dockerfile::projects::system::apt"]
fn npm() {
    check("npm", "npm install --no-audit --no-fund", &["root/.npm"]);
}

#[test]
#[ignore = "heavy; always: dockerfile::projects::system::apt"]
fn pnpm() {
    check(
        "pnpm",
        "pnpm install && grep storeDir node_modules/.modules.yaml > store-dir",
        &[
            "root/.local/share/pnpm",
            "root/.cache/pnpm",
            "root/.local/state",
            "tmp/node-compile-cache",
            // They have times in them, and the place of the store, which is looked at above.
            "app/node_modules/.modules.yaml",
            "app/node_modules/.pnpm-workspace-state",
        ],
    );
}

#[test]
#[ignore = "heavy; always: dockerfile::projects::system::apt"]
fn yarn() {
    check(
        "Yarn",
        "yarn install",
        &["usr/local/share/.cache", "root/.cache/yarn", "root/.yarn", "tmp/v8-compile-cache"],
    );
}
