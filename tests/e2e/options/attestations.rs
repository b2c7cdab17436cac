//! Provenance, which the daemon makes, and SBOMs, which a scanner makes: of the image, and where a
//! build asks for it of stages and of the context.

use serde_json::Value;

use crate::harness::{Build, Image, Project, engine, pushed};

const MANIFEST: &str = r#"
[stage.tools]
from = "busybox"

[[stage.tools.layer]]
write = { path = "/tools", content = "x" }

[stage.unused]
from = "scratch"

[stage.app]
from = "scratch"

[[stage.app.layer]]
copy = { from = "tools", src = "/tools", dest = "/" }
"#;

/// A scanner that says which directories it saw, and what is in each, as names of packages.
const SCANNER: &str = r#"
FROM busybox
COPY --chmod=755 <<"EOT" /scan
#!/bin/sh -e
scan() {
    name=$(basename "$1")
    packages=$(ls "$1" | sed 's/.*/{"name": "&"}/' | tr '\n' ',')
    cat > "$BUILDKIT_SCAN_DESTINATION/$name.spdx.json" <<JSON
{ "_type": "https://in-toto.io/Statement/v0.1", "predicateType": "https://spdx.dev/Document",
  "predicate": { "name": "$name$BUILDKIT_SCAN_SUFFIX", "packages": [${packages%,}] } }
JSON
}
scan "$BUILDKIT_SCAN_SOURCE"
[ -n "$BUILDKIT_SCAN_SOURCE_EXTRAS" ] || exit 0
for extra in "$BUILDKIT_SCAN_SOURCE_EXTRAS"/*; do scan "$extra"; done
EOT
ENTRYPOINT ["/scan"]
"#;

fn project() -> Project {
    Project::new(MANIFEST).put("source", "x").put("ignored", "x").put(".dockerignore", "ignored\n")
}

/// Documents of a kind, `name: packages`, sorted.
fn documents(image: &Image) -> Vec<String> {
    let spdx = image.attestations("https://spdx.dev/Document");
    let mut documents: Vec<String> =
        spdx.iter().map(|(_, predicate)| document(predicate)).collect();
    documents.sort();
    documents
}

fn document(predicate: &Value) -> String {
    let packages = predicate["packages"].as_array().into_iter().flatten();
    let names = packages.filter_map(|package| package["name"].as_str());
    let names: Vec<&str> = names.collect();
    format!("{}: {}", predicate["name"].as_str().unwrap_or_default(), names.join(" "))
}

fn scanned(build: Build<'_>, more: &[&str]) -> Image {
    let scanner = pushed("scanner", SCANNER, "linux/amd64");
    let attest = format!("type=sbom,generator={scanner},SUFFIX=!");
    build.args(["--attest", &attest]).args(more.iter().copied()).image()
}

#[test]
fn an_sbom_is_made_of_the_image() {
    let image = scanned(project().build(), &[]);
    assert_eq!(documents(&image), ["sbom!: tools"]);
}

#[test]
fn an_sbom_can_be_made_of_stages_and_of_the_context() {
    let all = [
        "--build-arg",
        "BUILDKIT_SBOM_SCAN_STAGE=true",
        "--build-arg",
        "BUILDKIT_SBOM_SCAN_CONTEXT=true",
    ];
    let image = scanned(project().build(), &all);
    let documents = documents(&image);
    let names = documents.iter().map(|text| text.split('!').next().unwrap_or_default());
    assert_eq!(names.collect::<Vec<_>>(), ["sbom", "sbom-context", "sbom-tools"], "{documents:?}");
    assert_eq!(documents[0], "sbom!: tools");
    assert_eq!(documents[1], "sbom-context!: source strake.toml");
    assert!(documents[2].contains(" tools"), "{documents:?}");
}

#[test]
fn an_sbom_can_be_made_of_one_stage() {
    let one = ["--build-arg", "BUILDKIT_SBOM_SCAN_STAGE=tools"];
    let found = documents(&scanned(project().build(), &one));
    assert_eq!(found.len(), 2, "{found:?}");
    // A stage that the target does not need is not built for a scan.
    let other = ["--build-arg", "BUILDKIT_SBOM_SCAN_STAGE=unused"];
    assert_eq!(documents(&scanned(project().build(), &other)), ["sbom!: tools"]);
}

#[test]
fn each_platform_has_an_sbom_of_its_own() {
    let project = Project::new(
        r#"
[stage.lower]
from = "scratch"

[[stage.lower.layer]]
write = { path = "/${TARGETARCH}", content = "x" }

[stage.app]
from = "lower"
"#,
    );
    let args = ["--platform", "linux/amd64,linux/arm64"];
    let stages = ["--build-arg", "BUILDKIT_SBOM_SCAN_STAGE=lower"];
    let image = scanned(project.build().args(args), &stages);
    let expected = ["sbom!: amd64", "sbom!: arm64", "sbom-lower!: amd64", "sbom-lower!: arm64"];
    assert_eq!(documents(&image), expected);
}

#[test]
fn provenance_tells_materials_and_the_manifest() {
    let image = project().build().arg("--provenance=mode=max").image();
    let attested = image.attestations("https://slsa.dev/provenance/");
    assert_eq!(attested.len(), 1);
    let predicate = attested[0].1.to_string();
    // What it was made of, by which frontend, and the text that it was made from.
    for text in ["pkg:docker/", "busybox", "strake.toml", "gateway.v0"] {
        assert!(predicate.contains(text), "{text}: {predicate}");
    }
    let none = project().build().arg("--provenance=false").image();
    assert!(none.attestations("https://slsa.dev/provenance/").is_empty());
}

/// Whoever asks what made an image of a Dockerfile is told that strake had a hand in it, whether or not it added a mount.
#[test]
fn provenance_of_a_dockerfile_names_the_frontend() {
    let mounted = "COPY --chmod=755 <<EOT /usr/bin/npm\n#!/bin/sh\nEOT\nRUN npm ci\n";
    for (steps, kind) in [("RUN true\n", "without a mount"), (mounted, "with a mount")] {
        let file = format!("# syntax={}\nFROM busybox\n{steps}", engine().syntax());
        let project = Project::without_manifest().put("Dockerfile", file).named("Dockerfile");
        let image = project.build().arg("--provenance=mode=max").image();
        let attested = image.attestations("https://slsa.dev/provenance/");
        let predicate = &attested.first().expect("a provenance").1;
        let text = predicate.to_string();
        assert!(text.contains("gateway.v0"), "{kind}: {text}");
        let materials =
            [&predicate["materials"], &predicate["buildDefinition"]["resolvedDependencies"]];
        let uris = materials.into_iter().flat_map(|list| list.as_array().into_iter().flatten());
        let mut uris = uris.filter_map(|material| material["uri"].as_str());
        // The port is escaped.
        assert!(uris.any(|uri| uri.contains("/strake/strake@")), "{kind}: {text}");
    }
}
