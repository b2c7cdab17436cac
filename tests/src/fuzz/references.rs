//! Names of things: images, repositories, platforms, patterns, paths.

use strake_frontend::testing::context::ignore;
use strake_frontend::testing::git_url::GitUrl;
use strake_frontend::testing::glob::{Component, components};
use strake_frontend::testing::platform::Platform;
use strake_frontend::testing::reference::{ImageReference, is_digest, normalize};
use strake_frontend::testing::template::{Place, Template};
use strake_frontend::testing::{paths, time};

/// Each line is taken for all of them; the whole is an ignore file.
pub(super) fn check(input: &[u8]) {
    check_ignores(input);
    let text = String::from_utf8_lossy(input);
    for line in text.lines() {
        check_reference(line);
        check_repository(line);
        check_platform(line);
        check_path(line);
        check_template(line);
        time::seconds(line);
    }
}

/// What was read once is read the same again.
fn check_reference(text: &str) {
    is_digest(text);
    if let Ok(reference) = ImageReference::parse(text) {
        assert_eq!(ImageReference::parse(&reference.to_string()), Ok(reference.clone()), "{text}");
        // Docker's short names have one form for two of these; the hub has no such repositories.
        let first = reference.path.split('/').next().unwrap_or_default();
        if !first.contains('.') && first != "localhost" {
            assert_eq!(ImageReference::parse(&reference.familiar()), Ok(reference), "{text}");
        }
    }
    if let Ok(name) = normalize(text) {
        assert_eq!(normalize(&name), Ok(name.clone()), "{text}");
    }
}

fn check_repository(text: &str) {
    for url in [GitUrl::detect(text), GitUrl::of_repository(text)].into_iter().flatten().flatten() {
        url.identifier();
        assert_eq!(GitUrl::of_repository(text), GitUrl::of_repository(text), "{text}");
    }
}

fn check_platform(text: &str) {
    if let Ok(platform) = Platform::parse(text) {
        // An id is written as containerd does it, which leaves signs as they are that it does not read.
        let id = platform.id();
        if id.bytes().all(|byte| byte.is_ascii_graphic()) {
            assert_eq!(Platform::parse(&id), Ok(platform), "{text}");
        }
    }
}

fn check_path(text: &str) {
    for directory in ["/", "/a/b"] {
        let joined = paths::join(directory, text);
        assert!(paths::is_below(&joined, "/") && !joined.contains("//"), "{text}");
        assert_eq!(paths::join("/", &joined), joined, "{text}");
        paths::destination(directory, text);
    }
    paths::file_name(text);
    paths::parent(text);
    paths::has_wildcards(text);
    for component in components(text) {
        match component {
            Component::Like(name) => {
                for tried in ["", "a", "abc.txt", "[", "é", text] {
                    name.matches(tried);
                }
            }
            Component::Exactly(_) | Component::Directories => {}
        }
    }
}

fn check_template(text: &str) {
    let Ok(mut template) = Template::parse(text, Place::From(0)) else { return };
    for (name, span) in template.names() {
        let place = text.get(span.start..span.end);
        assert!(place.is_some_and(|place| place.contains(name)), "{text}: {span:?}");
    }
    let value = |name: &str| name.len().is_multiple_of(2).then(|| name.to_owned());
    let whole = template.expand(&value);
    template.bind(&value);
    if let (Ok(whole), Ok(bound)) = (whole, template.expand(&|_| None)) {
        assert_eq!(whole, bound, "{text}");
    }
}

/// Each line gives one pattern at most, which stays one when it is sent.
fn check_ignores(file: &[u8]) {
    let patterns = ignore::parse(file);
    assert!(patterns.len() <= file.split(|byte| *byte == b'\n').count());
    assert!(patterns.iter().all(|pattern| !pattern.is_empty() && !pattern.contains('\n')));
}
