//! Dockerfiles whose steps get mounts, on a real daemon: that the mounts are used, and that everything
//! around them is as it was.

use crate::harness::{Project, engine, pushed, unique, unique_image};

/// Stands for npm: keeps the names of packages where it is told to, and says what was there.
pub(super) const NPM: &str = r#"#!/bin/sh -e
cache="${npm_config_cache:-$HOME/.npm}"
mkdir -p "$cache"
for name in $(cat list); do
    if [ -e "$cache/$name" ]; then echo "cached $name"; else echo "fetched $name"; touch "$cache/$name"; fi
done | sort > installed
"#;

/// A project whose list has a name that no other test's has, so that the first build fetches it.
fn project(dockerfile: &str, list: &str) -> Project {
    Project::without_manifest()
        .put("Dockerfile", dockerfile)
        .put("npm", NPM)
        .put("list", list)
        .named("Dockerfile")
}

pub(super) fn through_strake() -> [String; 2] {
    ["--build-arg".to_owned(), format!("BUILDKIT_SYNTAX={}", engine().syntax())]
}

const INSTALL: &str = "FROM busybox AS made\nCOPY --chmod=755 npm /usr/bin/npm\nWORKDIR /app\n\
    COPY list .\nRUN npm ci\nRUN echo above > /above\n\
    FROM scratch\nCOPY --from=made /app/installed /above /\n";

#[test]
fn a_changed_list_takes_from_the_mount() {
    let (one, two) = (unique("one"), unique("two"));
    let project = project(INSTALL, &one);
    let installed = || project.build().args(through_strake()).files().text("/installed");
    assert_eq!(installed(), format!("fetched {one}\n"));
    project.write("list", format!("{one} {two}"));
    assert_eq!(installed(), format!("cached {one}\nfetched {two}\n"));
    // Without strake, a changed step starts from nothing.
    assert_eq!(
        project.build().files().text("/installed"),
        format!("fetched {one}\nfetched {two}\n")
    );
    let off = project.build().args(through_strake()).args(["--build-arg", "STRAKE_CACHE=off"]);
    assert_eq!(off.files().text("/installed"), format!("fetched {one}\nfetched {two}\n"));
}

#[test]
fn the_first_line_may_name_strake() {
    let file = format!("# syntax={}\n{INSTALL}", engine().syntax());
    let project = project(&file, &unique("name"));
    let text = project.build().files().text("/installed");
    assert!(text.starts_with("fetched"), "{text}");
    let plan = project.build().arg("--call=plan").ok().output;
    assert!(plan.contains("cache npm at /dev/strake/cache/npm"), "{plan}");
    assert!(plan.contains("RUN echo above"), "{plan}");
}

#[test]
fn a_linked_copy_is_one_layer_of_a_plan() {
    let file = format!(
        "# syntax={}\nFROM busybox\nCOPY --link list /a\nCOPY list /b\n",
        engine().syntax()
    );
    let plan = project(&file, "name").build().arg("--call=plan").ok().output;
    assert_eq!(plan.matches("COPY").count(), 2, "{plan}");
}

/// Stages stand on each other and take from each other, also where a stage comes after what another one
/// does in between.
#[test]
fn a_graph_is_drawn() {
    let file = format!(
        "# syntax={}\nFROM busybox AS made\nCOPY --link list /list\nRUN --mount=type=cache,target=/c x \"<y>\"\n\
         FROM made AS more\nRUN --mount=type=bind,target=/list,source=list cat /list\nFROM scratch AS last\n\
         COPY --from=more /app/installed /\nCOPY --from=made /list /\n",
        engine().syntax()
    );
    let project = project(&file, "name");
    let drawn = project.build().arg("--call=graph").ok().output;
    for line in [
        "subgraph s0[\"made\"]",
        "subgraph s2[\"last (target)\"]",
        "n1[\"COPY --link list /list<br>registry, exportable\"]:::exportable",
        "x #34;#60;y#62;#34;",
        "n0 --> n1",
        "n2 -. \"list\" .-> n1",
        "n4[(\"cache //c<br>shared\")]:::cache",
        "n5 -. \"/app/installed\" .-> n6",
        "n3 -. \"/list\" .-> n7",
    ] {
        assert!(drawn.contains(line), "{line}\n{drawn}");
    }
    let graph = project.build().arg("--call=graph,format=json").ok().output;
    let graph: serde_json::Value = serde_json::from_str(&graph).expect("JSON");
    assert_eq!(graph["stages"].as_array().map(Vec::len), Some(3));
}

/// The other image is strake under another name: it finds itself named, and goes no further.
#[test]
fn another_image_builds_what_names_it() {
    let other = pushed("other", &format!("FROM {}\n", engine().syntax()), "linux/amd64");
    for line in [format!("# syntax={other}"), format!("# strake: dockerfile={other}")] {
        let project = project(&format!("{line}\n{INSTALL}"), &unique("name"));
        let build = project.build().args(through_strake());
        let outcome = build.args(["--output", "type=cacheonly"]).ok();
        outcome.says(&format!("docker-image://{}", other.trim_end_matches(":latest")));
    }
}

#[test]
fn a_failing_step_with_a_mount_shows_its_lines() {
    let file = INSTALL.replace("RUN npm ci\n", "RUN npm ci && \\\n    exit 9\n");
    let outcome = project(&file, "name").build().args(through_strake()).fails();
    outcome.says("exit code: 9").says("   5 | >>> RUN npm ci && \\").says("   6 | >>>     exit 9");
}

/// A script that asked in a plain way would get no mount.
#[test]
fn a_user_by_number_can_write_to_the_mount() {
    let file = "FROM busybox AS made\nCOPY --chmod=755 npm /usr/bin/npm\n\
        COPY --chown=1000:1001 list /app/\nRUN chown 1000:1001 /app\nWORKDIR /app\nUSER 1000:1001\n\
        RUN npm ci && awk 'BEGIN { system(\"stat -c %u:%g \" ENVIRON[\"npm_config_cache\"]) }' > owner\n\
        FROM scratch\nCOPY --from=made /app /\n";
    let name = unique("name");
    let files = project(file, &name).build().args(through_strake()).files();
    assert_eq!(files.text("/installed"), format!("fetched {name}\n"));
    assert_eq!(files.text("/owner"), "1000:1001\n");
}

#[test]
fn what_an_sbom_looks_at_runs_once() {
    let scanner = pushed(
        "scanner",
        "FROM busybox\nENTRYPOINT [\"sh\", \"-c\", \"echo '{\\\"_type\\\": \
         \\\"https://in-toto.io/Statement/v0.1\\\", \\\"predicateType\\\": \\\"https://spdx.dev/Document\\\", \
         \\\"predicate\\\": {}}' > $BUILDKIT_SCAN_DESTINATION/it.spdx.json\"]\n",
        "linux/amd64",
    );
    let file = INSTALL.replace("FROM scratch\n", "FROM made\n");
    let sbom = format!("--sbom=generator={scanner}");
    let project = project(&file, &unique("name"));
    let trace = project.build().args(through_strake()).arg(sbom).trace();
    let installs = trace.vertices.iter().filter(|vertex| vertex.name.contains("RUN npm ci"));
    assert_eq!(installs.count(), 1, "{:#?}", trace.vertices);
}

#[test]
fn what_is_exportable_is_solved_alone() {
    let name = unique("name");
    let file = format!(
        "FROM busybox AS made\nCOPY --chmod=755 npm /usr/bin/npm\nCOPY list .\n\
        RUN echo {name} > /below\nRUN npm ci\nRUN echo above > /above\n"
    );
    let trace = project(&file, &name)
        .build()
        .args(through_strake())
        .args(["--target", "@registry"])
        .trace();
    let executed = trace.executed();
    assert!(executed.iter().any(|step| step.contains("/below")), "{executed:?}");
    assert!(
        !executed.iter().any(|step| step.contains("npm ci") || step.contains("/above")),
        "{executed:?}"
    );
}

/// An image of metadata alone has no graph: of no platform, or of one of several.
#[test]
fn nothing_is_exported_of_an_empty_image() {
    let both = "--platform=linux/amd64,linux/arm64";
    let mixed = "FROM scratch AS amd64\nFROM scratch AS arm64\nCOPY list /\nFROM $TARGETARCH\n";
    let empty = "FROM scratch\nENV A=1\n";
    for (file, args) in [(empty, vec![]), (empty, vec![both]), (mixed, vec![both])] {
        let project = project(&format!("ARG TARGETARCH\n{file}"), &unique("name"));
        let to = format!("--cache-to=type=registry,ref={},mode=max", unique_image("empty"));
        let export = project.build().args(through_strake()).args(args);
        export.args(["--target", "@registry", &to]).ok();
    }
}

#[test]
fn a_step_may_always_run() {
    let file = "FROM busybox\nRUN echo below > /below\n# strake: boundary=none\nRUN echo always > /always\n";
    let project = project(file, "");
    let ran = || {
        let trace = project.build().args(through_strake()).trace();
        trace.executed().iter().any(|step| step.contains("always"))
    };
    assert!(ran() && ran());
}

#[test]
fn directives_are_checked() {
    let file = "FROM busybox\n# strake: uses=nmp\nRUN true\n";
    let outcome = project(file, "").build().args(through_strake()).fails();
    outcome
        .says("Dockerfile:2:11")
        .says("did you mean `npm`?")
        .says("   2 | >>> # strake: uses=nmp");
}

/// The real one, of Debian: a changed list takes from the mount what it can, as apt says itself.
#[test]
#[ignore = "heavy; always: dockerfile::projects::system::apt"]
fn apt_takes_from_its_mount() {
    let file = "FROM debian AS made\nARG MORE=\n\
        RUN apt-get update && apt-get install -y --no-install-recommends tree $MORE > /apt \\\n\
            && rm -rf /var/lib/apt/lists/*\n\
        FROM scratch\nCOPY --from=made /apt /\n";
    let project = project(file, "");
    let build = |more: &str| {
        let more = format!("MORE={more}");
        project.build().args(["--build-arg", &more]).args(through_strake()).files().text("/apt")
    };
    build("");
    let apt = build("time");
    let fetches = |package: &str| {
        let mut fetched = apt.lines().filter(|line| line.starts_with("Get:"));
        fetched.any(|line| line.contains(&format!(" {package} ")))
    };
    assert!(apt.contains("Unpacking tree") && !fetches("tree"), "{apt}");
}
