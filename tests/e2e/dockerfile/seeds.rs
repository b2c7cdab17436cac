//! Seeds of Dockerfiles: mounts that strake added and mounts that the file has are exported to a
//! builder that has nothing.

use super::builds::{NPM, through_strake};
use crate::harness::{Build, Project, engine, unique};
use crate::seeds::{TAG, builder, on};

/// A Dockerfile with a mount of its own, which keeps what it is told by an argument, and a list for npm.
struct Case {
    project: Project,
    /// Where its seed is exported to.
    output: String,
}

impl Case {
    fn new() -> Self {
        let repository = format!("{}/test/{}", engine().registry(), unique("mounts"));
        let file = format!(
            "# strake: seed={repository} tags=branch,main\n\
             FROM busybox AS made\nCOPY --chmod=755 npm /usr/bin/npm\nWORKDIR /app\nCOPY list .\n\
             RUN npm ci\nARG WORD\n\
             RUN --mount=type=cache,id={},target=/own ls /own > /kept && touch /own/$WORD\n\
             FROM scratch\nCOPY --from=made /app/installed /kept /\n",
            unique("own")
        );
        let project = Project::without_manifest().put("Dockerfile", file).put("npm", NPM);
        let output = format!("type=image,name={repository}:{TAG},push=true");
        Case { project: project.named("Dockerfile"), output }
    }

    /// A build with a list and a word.
    fn build(&self, list: &str, word: &str, builder: &str) -> Build<'_> {
        self.project.write("list", list);
        let build = self.project.build().args(through_strake());
        on(build.args(["--build-arg", &format!("WORD={word}")]), builder)
    }

    fn export(&self, list: &str, word: &str, builder: &str) -> String {
        let build = self.build(list, word, builder);
        build.args(["--target", "@mounts", "--output", &self.output]).ok().log
    }
}

#[test]
fn a_new_builder_starts_with_what_another_had() {
    let case = Case::new();
    let (one, two, three) = (builder(), builder(), builder());
    let (first, second) = (unique("first"), unique("second"));
    let built = case.build(&first, "word", &one).files();
    assert_eq!(built.text("/installed"), format!("fetched {first}\n"));
    assert!(built.log.contains("seed-missing"), "{}", built.log);
    let log = case.export(&first, "word", &one);
    assert!(log.contains("[mounts] npm: take all of it"), "{log}");

    let built = case.build(&format!("{first} {second}"), "other", &two).files();
    assert_eq!(built.text("/installed"), format!("cached {first}\nfetched {second}\n"));
    assert_eq!(built.text("/kept"), "word\n");
    assert!(built.log.contains("[seed] npm: fill from"), "{}", built.log);

    // `--no-cache` empties mounts, and they are filled again.
    let again = case.build(&format!("{first} {second}"), "third", &two).arg("--no-cache").files();
    assert_eq!(again.text("/installed"), format!("cached {first}\nfetched {second}\n"));
    let off =
        case.build(&first, "word", &three).arg("--build-arg=STRAKE_SEED=off").arg("--no-cache");
    assert_eq!(off.files().text("/installed"), format!("fetched {first}\n"));
}

/// The steps are what they would be without a seed: one that came, or went, runs none of them again.
#[test]
fn a_seed_is_in_no_cache_key() {
    let case = Case::new();
    let (one, name) = (builder(), unique("name"));
    case.build(&name, "word", &one).ok();
    case.export(&name, "word", &one);
    let log = case.build(&name, "word", &one).ok().log;
    assert!(!log.contains("fetched") && log.contains("CACHED"), "{log}");
    let log = case.export(&name, "word", &one);
    assert!(log.contains("[mounts] npm: compare with"), "{log}");
}

#[test]
fn the_plan_tells_of_the_seed() {
    let case = Case::new();
    let (one, name) = (builder(), unique("name"));
    let plan = |builder: &str| case.build(&name, "word", builder).arg("--call=plan").ok().output;
    let before = plan(&one);
    assert!(before.contains("SEED:     none: "), "{before}");
    case.build(&name, "word", &one).ok();
    case.export(&name, "word", &one);
    let after = plan(&builder());
    assert!(after.contains("old") && after.contains("in the seed, id "), "{after}");
    assert!(after.contains("cache of its own at /own"), "{after}");
}

/// The directive says what `[seed]` says; the command line wins over both.
#[test]
fn mistakes_are_shown_where_they_are() {
    let file = "# strake: seed=R.test/A\nFROM busybox\n";
    let project = Project::without_manifest().put("Dockerfile", file).named("Dockerfile");
    let log = project.build().args(through_strake()).fails().log;
    assert!(log.contains("invalid-directive") && log.contains("Dockerfile:1"), "{log}");
    // A seed makes a build fast and nothing else: the command line's is left out.
    let project = Project::without_manifest().put("Dockerfile", "FROM busybox\n");
    let project = project.named("Dockerfile");
    let option = project.build().args(through_strake()).arg("--build-arg=STRAKE_SEED=R.test/A");
    option.ok().says("invalid-seed");
}
