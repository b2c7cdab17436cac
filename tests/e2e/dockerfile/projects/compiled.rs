//! cargo, Go, Maven and ccache.

use super::{FIRST, Shape, asked, each, index, tools_of_presets};
use crate::harness::unique;
use crate::presets::{ccache, go, maven, rust};

/// The whole image is compared: what cargo fetched is in it, for whoever is offline.
#[test]
#[ignore = "heavy; always: dockerfile::projects::system::apt"]
fn cargo() {
    let server = index();
    let files = |count| {
        let dockerfile = "FROM tools\nWORKDIR /app\nCOPY . .\nRUN cargo build --release\n\
             RUN --network=none cargo metadata --offline --format-version 1 > /metadata\n";
        let list = each(count, |name| format!("{name} = \"1\"\n"));
        let manifest = format!(
            "[package]\nname = \"app\"\nversion = \"1.0.0\"\nedition = \"2021\"\n[dependencies]\n{list}"
        );
        let names = each(count, |name| format!(" \"{name}\",\n"));
        let lock = format!(
            "version = 3\n\n[[package]]\nname = \"app\"\nversion = \"1.0.0\"\ndependencies = [\n{names}]\n{}",
            each(count, |name| server.text(&format!("/locks/Cargo.lock/{name}")))
        );
        let config = format!(
            "[source.crates-io]\nreplace-with = \"own\"\n[source.own]\nregistry = \"sparse+{}\"\n",
            server.url("/crates/index/")
        );
        let calls = each(count, |name| format!("println!(\"{{}}\", {name}::name());"));
        vec![
            ("Dockerfile", dockerfile.to_owned()),
            ("Cargo.toml", manifest),
            ("Cargo.lock", lock),
            (".cargo/config.toml", config),
            ("src/main.rs", format!("fn main() {{ {calls} }}\n")),
        ]
    };
    let fetched = |_: &str, requests: &[String]| asked(requests, "/1.0.0");
    let tools = tools_of_presets(rust::TOOLS);
    // What is compiled tells times, and so does the list of when packages were used.
    let ignored = ["built", "usr/local/cargo/.global-cache"];
    let first = FIRST;
    Shape { name: "cargo", tools, files: &files, first, fetched: &fetched, ignored: &ignored }
        .check(&server);
}

/// The whole image is compared. The user is not root, and has a directory for programs beside the
/// modules.
#[test]
#[ignore = "heavy; always: dockerfile::projects::system::apt"]
fn go() {
    let server = index();
    let files = |count| {
        let dockerfile = format!(
            "FROM tools\nRUN useradd --create-home --uid 1234 app\nWORKDIR /app\nRUN chown app /app\nUSER 1234\n\
             ENV HOME=/home/app GOPROXY={} GOSUMDB=off GOFLAGS=\nCOPY --chown=1234 go.mod go.sum ./\nRUN go mod download\n\
             COPY --chown=1234 main.go .\nRUN go install .\nRUN --network=none GOPROXY=off go build -o /tmp/again .\n\
             CMD [\"go\", \"run\", \".\"]\n",
            server.url("/go")
        );
        let imports = each(count, |name| format!("import \"example.com/{name}\"\n"));
        let calls = each(count, |name| format!("println({name}.Name());"));
        let requires = each(count, |name| format!("require example.com/{name} v1.0.0\n"));
        vec![
            ("Dockerfile", dockerfile),
            ("go.mod", format!("module example.com/app\n\ngo 1.19\n\n{requires}")),
            ("go.sum", each(count, |name| server.text(&format!("/locks/go.sum/{name}")))),
            ("main.go", format!("package main\n{imports}func main() {{ {calls} }}\n")),
        ]
    };
    let fetched = |_: &str, requests: &[String]| asked(requests, ".zip");
    let tools = tools_of_presets(go::TOOLS);
    let ignored = ["home/app/.cache/go-build"];
    Shape { name: "Go", tools, files: &files, first: FIRST, fetched: &fetched, ignored: &ignored }
        .check(&server);
}

#[test]
#[ignore = "heavy; always: dockerfile::projects::system::apt"]
fn maven() {
    let server = index();
    let files = |count| {
        let dockerfile = "FROM tools AS build\nWORKDIR /app\nCOPY pom.xml .\nRUN mvn --batch-mode validate\n\
             COPY app.txt .\nFROM debian\nCOPY --from=build /app /app\n";
        let list = each(count, |name| {
            format!(
                "<dependency><groupId>org.example</groupId><artifactId>{name}</artifactId><version>1</version>\
                 <type>pom</type><scope>import</scope></dependency>"
            )
        });
        let pom = format!(
            "<project><modelVersion>4.0.0</modelVersion><groupId>org.example</groupId><artifactId>app</artifactId>\
             <version>1</version><packaging>pom</packaging><repositories><repository><id>own</id><url>{}</url>\
             </repository></repositories><dependencyManagement><dependencies>{list}</dependencies>\
             </dependencyManagement></project>",
            server.url("/maven")
        );
        vec![("Dockerfile", dockerfile.to_owned()), ("pom.xml", pom), ("app.txt", String::new())]
    };
    let fetched = |_: &str, requests: &[String]| asked(requests, ".pom");
    let tools = tools_of_presets(maven::TOOLS);
    Shape { name: "Maven", tools, files: &files, first: FIRST, fetched: &fetched, ignored: &[] }
        .check(&server);
}

/// What a script of the context runs nobody sees: the directive says it.
#[test]
#[ignore = "heavy; always: compiled::a_dockerfile_is_built_from_its_own_sources"]
fn ccache() {
    let server = index();
    // Nothing else tells the steps of this run from those of another.
    let word = unique("word");
    let files = |count| {
        let dockerfile = "FROM tools AS build\nWORKDIR /app\nCOPY . .\n# strake: uses=ccache\n\
             RUN sh build.sh\n\
             FROM debian\nCOPY --from=build /app/app /usr/local/bin/\nCMD [\"app\"]\n";
        let script = "set -e\nccache --zero-stats\nfor file in p*.c; do ccache gcc -c $file; done\n\
             gcc -o app main.c p*.o\nccache --print-stats\n";
        let mut files = vec![
            ("Dockerfile", dockerfile.to_owned()),
            ("build.sh", script.to_owned()),
            ("main.c", format!("/* {word} */ int main(void) {{ return 0; }}\n")),
        ];
        for (number, path) in (1..=count).zip(C) {
            files.push((path, format!("int p{number:02}(void) {{ return {number}; }}\n")));
        }
        files
    };
    let fetched = |log: &str, _: &[String]| {
        let mut lines = log.lines().filter_map(|line| line.split_once("cache_miss\t"));
        let count = lines.find(|(before, _)| before.ends_with(' ')).map_or("0", |(_, count)| count);
        count.trim().parse::<usize>().expect("a number")
    };
    let tools = tools_of_presets(ccache::TOOLS);
    let shape = Shape {
        name: "ccache",
        tools,
        files: &files,
        first: FIRST,
        fetched: &fetched,
        ignored: &[],
    };
    shape.check(&server);
}

const C: [&str; FIRST + 1] = [
    "p01.c", "p02.c", "p03.c", "p04.c", "p05.c", "p06.c", "p07.c", "p08.c", "p09.c", "p10.c",
    "p11.c", "p12.c", "p13.c",
];
