//! A seed is read by more people than a builder: nothing that lets anybody in is in one, whatever tools write
//! beside their caches.

use std::fs;
use std::process::Command;

use super::{TAG, builder, on};
use crate::dockerfile::projects::index;
use crate::harness::{Project, engine, unique};
use crate::presets::node::NODE;

/// Each tool installs from an index whose address has a password in it.
const LAYERS: &str = r"
[[stage.work.layer]]
mkdir = '/out'
[[stage.work.layer]]
uses = ['npm']
run  = '''
npm install --loglevel=silly --no-audit --no-fund --registry=$HTTP/npm/ p01
npm install --no-audit --registry=$HTTP/npm/ nothing || true
'''
[[stage.work.layer]]
uses = ['yarn']
run  = 'mkdir /y && cd /y && echo {} > package.json && yarn add --registry $HTTP/npm/ p02'
[[stage.work.layer]]
uses = ['pnpm']
run  = 'mkdir /p && cd /p && echo {} > package.json && pnpm add --registry=$HTTP/npm/ p03'
[[stage.work.layer]]
uses = ['pip']
run  = '/opt/node/bin/pip install --index-url $HTTP/simple/ --target /pip p04'
[[stage.work.layer]]
uses = ['uv']
run  = 'uv pip install --index-url $HTTP/simple/ --target /uv p05'
";

#[test]
fn no_password_is_in_a_seed() {
    let server = index();
    let (user, password) = (unique("user"), unique("password"));
    let repository = format!("{}/test/{}", engine().registry(), unique("mounts"));
    let manifest = format!(
        "[seed]\nimage = '{repository}'\ntags = ['main']\n[stage.node]\nfrom = 'debian'\n{NODE}\n\
         [stage.tools]\nfrom = 'node'\nlayer = [{{ run = '/opt/node/bin/pip install --quiet uv' }}]\n\
         [stage.work]\nfrom = 'tools'\nworkdir = '/app'\n\
         env = {{ HTTP = 'http://{user}:{password}@{}' }}\n{}",
        server.address(),
        LAYERS.replace("uses =", "network = 'host'\nuses =")
    );
    let (project, one) = (Project::reporting(&manifest), builder());
    on(project.build(), &one).arg("--allow=network.host").ok();
    let output = format!("type=image,name={repository}:{TAG},push=true");
    let export = on(project.build(), &one).args(["--target", "@mounts", "--provenance=false"]);
    export.args(["--allow=network.host", "--output", &output]).ok();
    let seed = Project::new(&format!("[stage.work]\nfrom = '{repository}:{TAG}'\n"));
    let files = tempfile::TempDir::new().expect("a temporary directory");
    let files = files.path();
    seed.build().args(["--output", &format!("type=local,dest={}", files.display())]).ok();
    let search = |word: &str| {
        let mut grep = Command::new("grep");
        let found = grep.args(["-rlaF", word]).arg(files).output().expect("grep runs");
        String::from_utf8_lossy(&found.stdout).into_owned()
    };
    // The mounts are there, or nothing was searched: npm's, Yarn's, two of pnpm, uv's. All that pip keeps are answers
    // of its index.
    let mounts = fs::read_dir(files).expect("a directory").flatten();
    let mounts = mounts.filter(|mount| mount.path().join("tree").is_dir()).count();
    assert!(mounts >= 5, "only {mounts} mounts");
    assert_eq!(search(&password), "");
    assert_eq!(search(&base64(&format!("{user}:{password}"))), "");
    assert_ne!(search("p01"), "");
}

fn base64(text: &str) -> String {
    let script = format!("printf %s {text} | base64 -w0");
    let output = Command::new("sh").args(["-c", &script]).output().expect("base64 runs");
    String::from_utf8_lossy(&output.stdout).into_owned()
}
