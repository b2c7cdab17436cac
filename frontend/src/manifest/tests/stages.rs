//! Stages, caches and the image's config.

use super::{check, good};
use crate::manifest::model::Healthcheck;

#[test]
fn names_are_targets() {
    check(
        "[stage.scratch]\nfrom = \"x\"\n[stage.\"app@registry\"]\nfrom = \"x\"\n[stage.App]\nfrom = \"x\"\n[stage.1]\nfrom = \"x\"\n[cache.\"\"]\ntarget = \"/x\"\n",
        "1:8 reserved-name `scratch` cannot be the name of a stage: it is the empty image
         3:8 reserved-name `app@registry` cannot be the name of a stage
         5:8 invalid-name `App` cannot be the name of a stage
         7:8 invalid-name `1` cannot be the name of a stage
         9:8 invalid-name `` cannot be the name of a cache",
    );
}

#[test]
fn a_manifest_has_a_stage() {
    check("", "- no-stage the manifest has no stage");
    check("[stage]\n", "1:1 no-stage the manifest has no stage");
    check("stage = 1\n", "1:9 wrong-type `stage` must be a table, but this is an integer");
    check(
        "[stage.a]\nfrom = \"x\"\nlayer = { run = \"x\" }\n",
        "3:9 wrong-type `layer` must be an array of tables, but this is a table",
    );
}

#[test]
fn a_stage_starts_from_something() {
    check(
        "[stage.a]\nfrom = \"\"\n[stage.b]\ndockerfile = { target = \"x\" }\n[stage.c]\ndockerfile = \"../Dockerfile\"\n[stage.d]\ndockerfile = 1\n",
        "2:8 empty-value `from` is empty
         4:14 missing-key `file` is missing in `dockerfile`
         6:14 invalid-path `../Dockerfile` leads out of the context with `..`
         8:14 wrong-type `dockerfile` must be a string or a table, but this is an integer",
    );
}

#[test]
fn caches_are_checked() {
    let manifest = good(
        "project = \"p\"\n[cache.uv]\nsharing = \"private\"\n[cache.x]\ntarget = \"/x\"\n[stage.a]\nfrom = \"x\"\n",
    );
    assert_eq!(manifest.caches.len(), 2);
    check(
        "project = \"p\"\n[cache.x]\ntarget = \"x\"\nuid = 4294967296\nmode = \"9\"\nenv = { \"A=\" = \"1\", B = 1 }\nprune = \" \"\nkeep = \"1q\"\nseed = \"no\"\nsead = 1\n[stage.a]\nfrom = \"x\"\n",
        "3:10 invalid-path `target` must be an absolute path, not `x`
         4:7 out-of-range `uid` must be from 0 to 4294967295
         5:8 invalid-mode `mode` is not a mode: `9`
         6:9 invalid-name `A=` cannot be the name of an environment variable
         6:25 wrong-type `B` must be a string, but this is an integer
         7:9 empty-value `prune` is empty
         8:8 invalid-size `keep` is not a size: `1q`
         9:8 wrong-type `seed` must be a boolean, but this is a string
         10:1 unknown-key unknown key `sead` in `[cache.x]`",
    );
}

/// Caches of one's own are the project's; those that presets know, and those with an id, are not.
#[test]
fn a_cache_of_ones_own_wants_the_project() {
    let stage = "[stage.a]\nfrom = \"x\"\n";
    let own = "[cache.x]\ntarget = \"/x\"\n[cache.y]\ntarget = \"/y\"\n";
    check(&format!("{own}{stage}"), "1:8 missing-key the cache `x` needs the name of the project");
    check(
        &format!("projekt = \"p\"\n{own}{stage}"),
        "1:1 unknown-key unknown key `projekt` in the manifest",
    );
    check(
        &format!("project = \"My shop\"\n{own}{stage}"),
        "1:11 invalid-name `My shop` cannot be the name of a project",
    );
    check(
        &format!("project = \"${{A}}\"\n{stage}"),
        "1:11 invalid-name `${A}` cannot be the name of a project",
    );
    let known = "[cache.npm]\nepoch = \"1\"\n[cache.x]\ntarget = \"/x\"\nid = \"x\"\n";
    check(&format!("{known}{stage}"), "");
    check(&format!("project = \"p.q-r_1\"\n{stage}"), "");
}

/// Else the mount of a preset, or of another project, could be had by its id.
#[test]
fn ids_of_strakes_own_are_reserved() {
    check(
        "[arg]\nA = \"strake\"\n[cache.x]\ntarget = \"/x\"\nid = \"$A/uv/linux-amd64\"\n[stage.a]\nfrom = \"x\"\n",
        "5:6 reserved-name ids that begin with `strake/` are reserved for strake",
    );
}

#[test]
fn health_checks_have_several_forms() {
    let check = |text: &str| {
        let text = format!("[stage.a]\nfrom = \"x\"\n[stage.a.image]\nhealthcheck = {text}\n");
        good(&text).stages[0].image.healthcheck.clone().unwrap()
    };
    let test = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    assert_eq!(check("\"none\"").test, test(&["NONE"]));
    assert_eq!(check("\"a $b\"").test, test(&["CMD-SHELL", "a $b"]));
    assert_eq!(check("[\"a\", \"b\"]").test, test(&["CMD", "a", "b"]));
    let expected = Healthcheck {
        test: test(&["CMD-SHELL", "a"]),
        interval: 90_000_000_000,
        retries: 3,
        ..Healthcheck::default()
    };
    assert_eq!(check("{ test = \"a\", interval = \"1m30s\", retries = 3 }"), expected);
}

/// The container would not start.
#[test]
fn words_of_a_dockerfile_are_no_programs() {
    let found = |text: &str| {
        let text = format!("[stage.a]\nfrom = \"x\"\n[stage.a.image]\n{text}\n");
        let found = super::read_with(&text, &[], false).err().unwrap_or_default();
        found
            .into_iter()
            .map(|found| format!("{} {}", found.code.name, found.help.join(" ")))
            .collect::<Vec<_>>()
    };
    for (text, help) in [
        (
            "healthcheck = [\"CMD\", \"x\"]",
            "leave `CMD` out: a list is a program and its arguments",
        ),
        (
            "healthcheck = [\"CMD-SHELL\", \"x\"]",
            "write the command as a string: the shell runs it",
        ),
        ("healthcheck = [\"NONE\"]", "write `healthcheck = \"none\"` for no check"),
        ("healthcheck = \"NONE\"", "write `healthcheck = \"none\"` for no check"),
        ("healthcheck = \"CMD x\"", "leave `CMD` out: a string is a command for the shell"),
        ("healthcheck = { test = [\"NONE\"] }", "write `test = \"none\"` for no check"),
        ("cmd = [\"CMD\", \"x\"]", "leave `CMD` out: a list is a program and its arguments"),
        ("cmd = [\"NONE\"]", "write `cmd = []` for none"),
        (
            "entrypoint = [\"ENTRYPOINT\", \"x\"]",
            "leave `ENTRYPOINT` out: a list is a program and its arguments",
        ),
        (
            "entrypoint = [\"CMD-SHELL\", \"x\"]",
            "write `[\"/bin/sh\", \"-c\", \"...\"]` to use a shell",
        ),
    ] {
        assert_eq!(found(text), [format!("dockerfile-word {help}")], "{text}");
    }
    for good in ["cmd = [\"cmd\", \"CMD\"]", "cmd = [\"/bin/CMD\"]", "healthcheck = \"CMDX\""] {
        assert!(found(good).is_empty(), "{good}");
    }
}

#[test]
fn ports_are_written_out() {
    let manifest = good(
        "[stage.a]\nfrom = \"x\"\n[stage.a.image]\nports = [8080, \"53/udp\", \"8080/tcp\", \"81-82\"]\n",
    );
    assert_eq!(manifest.stages[0].image.ports, ["53/udp", "81/tcp", "82/tcp", "8080/tcp"]);
}

#[test]
fn keys_of_the_image_are_sent_there() {
    let text = "[stage.a]\nfrom = \"x\"\nentrypoint = [\"x\"]\n";
    check(text, "3:1 unknown-key unknown key `entrypoint` in `[stage.a]`");
    let found = super::read_with(text, &[], false).unwrap_err();
    assert_eq!(found[0].help, ["this belongs in `[stage.a.image]`"]);
    check(
        "[stage.a]\nfrom = \"x\"\n[stage.a.image]\ncmd = \"x\"\nhealthcheck = { interval = \"1s\" }\nvolumes = [\"x\"]\nlabels = { \"\" = \"x\" }\n",
        "4:7 wrong-type `cmd` must be an array of strings, but this is a string
         5:15 missing-key `test` is missing in `healthcheck`
         6:12 invalid-path `volumes` must be an absolute path, not `x`
         7:12 invalid-name the key is empty",
    );
}
