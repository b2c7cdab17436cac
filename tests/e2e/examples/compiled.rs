//! Rust, Go, and Java with Maven.

use super::{Example, stand_ins};
use crate::harness::{Project, engine, unique};

#[test]
#[ignore = "heavy; always: airflow::the_ci_image_has_airflow_as_its_sources_are"]
fn rust() {
    let images = [
        ("rust:1-slim-bookworm", &*stand_ins::rust()),
        ("debian:bookworm-slim", engine().debian()),
    ];
    let example = Example::new("rust", &images);
    assert_eq!(example.prints("app", "greeter 2"), "1: Hello, world!\n2: Hello, world!\n");

    let hail = unique("Hail");
    example.edit("src/main.rs", "Hello", &hail);
    let log = example.build().args(["--target", "app", "--output", "type=cacheonly"]).ok().log;
    assert!(log.contains("Compiling greeter"), "{log}");
    assert!(!log.contains("Compiling itoa") && !log.contains("Downloaded"), "{log}");
    assert_eq!(example.prints("app", "greeter"), format!("1: {hail}, world!\n"));
}

/// The checksums of the stand-in of the example's module, as Go itself writes them.
fn sums(image: &str, example: &Example) -> String {
    let file = |path: &str| {
        std::fs::read_to_string(example.project.path().join(path)).expect("a file of the example")
    };
    let project = Project::reporting(&format!(
        "[stage.work]\nfrom = '{image}'\nworkdir = '/src'\n\
         layer = [{{ copy = {{ src = '.', dest = '.' }} }}, \
         {{ run = 'rm go.sum; GOFLAGS=-mod=mod go mod download all; mkdir /out; cp go.sum /out' }}]\n"
    ));
    let project = project.put("go.mod", file("go.mod")).put("go.sum", file("go.sum"));
    project.build().files().text("/go.sum")
}

#[test]
#[ignore = "heavy; always: airflow::the_ci_image_has_airflow_as_its_sources_are"]
fn go() {
    let image = stand_ins::go();
    let example = Example::new("go", &[("golang:1.25-bookworm", &image)]);
    example.project.write("go.sum", sums(&image, &example));
    // There is no shell in the image.
    let prints = |args: &[&str]| {
        let build = example.build().args(args.iter().copied());
        let files = build.files();
        let ran = std::process::Command::new(files.path("/greeter")).output().expect("it runs");
        String::from_utf8_lossy(&ran.stdout).into_owned()
    };
    assert_eq!(prints(&[]), "Hello, world! 00000000 (greeter dev)\n");
    let version = ["--build-arg", "VERSION=1.0"];
    assert_eq!(prints(&version), "Hello, world! 00000000 (greeter 1.0)\n");
    assert_eq!(example.build().image().config()["config"]["User"], "65534:65534");
}

#[test]
#[ignore = "heavy; always: airflow::the_ci_image_has_airflow_as_its_sources_are"]
fn java_with_maven() {
    let image = stand_ins::maven();
    let images = [("maven:3.9-eclipse-temurin-21", &*image), ("eclipse-temurin:21-jre", &image)];
    let example = Example::new("java-maven", &images);
    let run = "java -jar /opt/greeter.jar Ada";
    assert_eq!(example.prints("app", run), "Hello, Ada!\n");

    let hail = unique("Hail");
    example.edit("src/main/java/com/example/Greeter.java", "Hello", &hail);
    let log = example.build().args(["--target", "app", "--output", "type=cacheonly"]).ok().log;
    assert!(log.contains("BUILD SUCCESS") && !log.contains("Downloading"), "{log}");
    assert_eq!(example.prints("app", run), format!("{hail}, Ada!\n"));
}
