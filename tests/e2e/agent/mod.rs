//! What strake's own program does in a step, with real cache mounts and real layers: a mount goes
//! through two images and comes back. The steps are those of plain Dockerfiles.

use crate::harness::{Files, Project, engine, unique};

/// Makes a mount, and tells what can be seen of one.
pub(crate) const MOUNT: &str = include_str!("mount.py");

/// Steps that do something with mounts. BuildKit knows a step by everything but the id of its mount:
/// another mount alone would leave it cached, so each has the name of the test in its environment.
struct Case {
    nonce: String,
    /// More options of the mounts.
    options: &'static str,
    project: Project,
}

impl Case {
    fn new(name: &str, options: &'static str) -> Self {
        let nonce = unique(name);
        let project = Project::without_manifest().named("Dockerfile").put("mount.py", MOUNT);
        Case { nonce, options, project }
    }

    fn reference(&self, tag: &str) -> String {
        format!("{}/strake-tests/{}:{tag}", engine().registry(), self.nonce)
    }

    /// A step with a mount that the agent runs in.
    fn agent(&self, mount: &str, more: &str, arguments: &str) -> String {
        let arguments: Vec<String> = arguments.split(' ').map(|word| format!("{word:?}")).collect();
        format!(
            "ENV NONCE={}\nRUN --network=none --mount=type=bind,from={},target=/agent {more} \
             --mount=type=cache,id={}-{mount},target=/m{} [\"/agent/strake\", {}]\n",
            self.nonce,
            engine().syntax(),
            self.nonce,
            self.options,
            arguments.join(", "),
        )
    }

    /// A stage in which the script does something with a mount, after another stage.
    fn script(&self, stage: &str, mount: &str, what: &str, after: &str) -> String {
        let after = match after {
            "" => String::new(),
            after => format!("COPY --from={after} /answer /after\n"),
        };
        format!(
            "FROM debian AS {stage}\n{after}ENV NONCE={}\n\
             RUN --mount=type=bind,source=mount.py,target=/mount.py \
             --mount=type=cache,id={}-{mount},target=/m{} [\"python3\", \"/mount.py\", \"{what}\", \
             \"/m\", \"/answer\"]\n",
            self.nonce, self.nonce, self.options,
        )
    }

    fn push(&self, dockerfile: &str, tag: &str) {
        self.project.write("Dockerfile", dockerfile);
        let name = self.reference(tag);
        self.project.build().args(["--output", &format!("type=image,name={name},push=true")]).ok();
    }
}

#[test]
fn a_mount_is_exported_in_two_layers() {
    export_twice(&Case::new("exported", ""));
}

/// Such a mount has a directory as its base, and is an overlay.
#[test]
fn a_mount_with_an_owner_is_exported_in_two_layers() {
    let files = export_twice(&Case::new("owned", ",uid=50000,gid=50001,mode=0751"));
    let root = files.text("two").lines().next().map(str::to_owned);
    assert!(root.is_some_and(|root| root.starts_with("(b'.', '0o40751', 50000, 50001, ")));
}

fn export_twice(case: &Case) -> Files {
    let first = case.script("fill", "one", "fill", "")
        + "FROM scratch\nCOPY --from=fill /answer /done\nWORKDIR /seed\n"
        + &case.agent("one", "", "export /m /none /seed /answer");
    case.push(&first, "first");

    let seed = format!("--mount=type=bind,from={},target=/before", case.reference("first"));
    let second = case.script("change", "one", "change", "")
        + &format!("FROM {}\nCOPY --from=change /answer /done\n", case.reference("first"))
        + &case.agent("one", &seed, "export /m /before/seed /seed /answer");
    case.push(&second, "second");
    let image = case.project.build().image();
    let mut layer = image.last_layer();
    layer.retain(|line| line.contains(" seed/"));
    let in_layer = |name: &str| layer.iter().any(|line| line.ends_with(name));
    // The new file, the deletions, and the directories they are in: not what is linked or touched.
    assert!(in_layer("seed/tree/a/new") && in_layer("seed/index"), "{layer:#?}");
    assert!(in_layer("seed/tree/a/.wh.linked") && in_layer("tree/.wh.symbolic"), "{layer:#?}");
    assert!(!in_layer("large") && !in_layer("/0") && !in_layer("a/z"), "{layer:#?}");
    assert!(!in_layer("holes") && !in_layer("a/program") && !in_layer("secret/file"), "{layer:#?}");

    let seed = format!("--mount=type=bind,from={},target=/before", case.reference("second"));
    let third = case.script("one", "one", "look", "")
        + "FROM scratch AS probed\nCOPY --from=one /answer /done\n"
        + &case.agent("two", "", "probe /m /answer")
        + "FROM scratch AS primed\nCOPY --from=probed /answer /done\n"
        + &case.agent("two", &seed, "prime /before/seed /m /answer")
        + &case.script("two", "two", "look", "primed")
        + "FROM scratch AS unchanged\nCOPY --from=two /answer /done\nWORKDIR /seed\n"
        + &case.agent("two", &seed, "export /m /before/seed /seed /answer")
        + "FROM scratch\n"
        + &["one", "two", "probed", "primed", "unchanged"]
            .map(|stage| format!("COPY --from={stage} /answer /{stage}\n"))
            .concat();
    case.project.write("Dockerfile", third);
    let files = case.project.build().files();
    for (answer, outcome) in [("probed", "empty"), ("primed", "primed"), ("unchanged", "unchanged")]
    {
        let text = files.text(answer);
        assert!(text.contains(&format!("outcome {outcome}\n")), "{answer}: {text}");
    }
    assert!(files.text("one").lines().count() > 12, "{}", files.text("one"));
    assert_eq!(files.text("one"), files.text("two"));
    files
}
