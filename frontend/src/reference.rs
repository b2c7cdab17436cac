//! Image references by the rules of the distribution project: parsing, checking, completing. The
//! full form (`docker.io/library/alpine:3.22`) is what BuildKit is asked for, the familiar form
//! (`alpine:3.22`) is what people write and read.

use std::fmt;

const HUB: &str = "docker.io";
const HUB_OLD: &str = "index.docker.io";
const OFFICIAL: &str = "library/";
/// Longest repository path that registries take, in bytes.
const PATH_MAX: usize = 255;
/// Longest tag, in bytes.
const TAG_MAX: usize = 128;

/// The full form of a reference as people write it, with `:latest` where nothing says which:
/// what BuildKit is asked for.
///
/// # Errors
/// Says which part is wrong.
pub fn normalize(text: &str) -> Result<String, ReferenceError> {
    ImageReference::parse(text).map(|reference| reference.or_latest().to_string())
}

/// A reference with its registry and repository in full.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ImageReference {
    /// Registry, with its port: `docker.io`, `localhost:5000`.
    pub domain: String,
    /// The repository, such as `library/alpine`.
    pub path: String,
    pub tag: Option<String>,
    /// Of the manifest or index: `sha256:...`.
    pub digest: Option<String>,
}

/// Why a text is no image reference.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    /// Nothing, or nothing before the tag or digest.
    #[error("the repository name is missing")]
    NoName,
    /// 64 hexadecimal digits are an image id.
    #[error("64 hexadecimal digits are an image id, not a name")]
    ImageId,
    /// Repository names have no capitals.
    #[error("the repository name `{0}` must be lowercase")]
    Uppercase(String),
    /// The part before the first slash is no host.
    #[error("`{0}` is not a registry host")]
    BadDomain(String),
    /// A part of the repository has characters or separators that are not allowed.
    #[error(
        "`{0}` is not a repository name: lowercase letters and digits, with `.`, `_`, `__` or `-` between them"
    )]
    BadPath(String),
    /// The repository's path is too long.
    #[error("the repository name is longer than {PATH_MAX} characters")]
    TooLong,
    #[error(
        "`{0}` is not a tag: up to {TAG_MAX} letters, digits, `_`, `.` and `-`, not starting with `.` or `-`"
    )]
    BadTag(String),
    #[error("`{0}` is not a digest such as sha256:<64 hexadecimal digits>")]
    BadDigest(String),
}

impl ImageReference {
    /// Parses a reference as people write it; registry and `library/` are filled in, the tag is not.
    ///
    /// # Errors
    /// Says which part is wrong.
    pub fn parse(text: &str) -> Result<Self, ReferenceError> {
        if text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(ReferenceError::ImageId);
        }
        let (domain, rest) = split_domain(text);
        let (name, tag, digest) = split_name(&rest);
        if name.is_empty() || name == OFFICIAL {
            return Err(ReferenceError::NoName);
        }
        if name.bytes().any(|b| b.is_ascii_uppercase()) {
            let familiar = if domain == HUB { name.strip_prefix(OFFICIAL) } else { None };
            return Err(ReferenceError::Uppercase(familiar.unwrap_or(name).to_owned()));
        }
        if !is_domain(&domain) {
            return Err(ReferenceError::BadDomain(domain));
        }
        check_path(name)?;
        if let Some(tag) = tag.filter(|tag| !is_tag(tag)) {
            return Err(ReferenceError::BadTag(tag.to_owned()));
        }
        if let Some(digest) = digest.filter(|digest| !is_digest(digest)) {
            return Err(ReferenceError::BadDigest(digest.to_owned()));
        }
        let (path, tag, digest) =
            (name.to_owned(), tag.map(str::to_owned), digest.map(str::to_owned));
        Ok(ImageReference { domain, path, tag, digest })
    }

    /// The same with `:latest` where there is neither tag nor digest.
    #[must_use]
    pub fn or_latest(mut self) -> Self {
        if self.tag.is_none() && self.digest.is_none() {
            self.tag = Some("latest".to_owned());
        }
        self
    }

    /// The same with a digest. `digest` is taken as it is.
    #[must_use]
    pub fn with_digest(mut self, digest: impl Into<String>) -> Self {
        self.digest = Some(digest.into());
        self
    }

    /// Registry and repository without tag and digest.
    pub fn name(&self) -> String {
        format!("{}/{}", self.domain, self.path)
    }

    /// The shortest form that means the same: `alpine:3.22`.
    pub fn familiar(&self) -> String {
        let path = match self.path.strip_prefix(OFFICIAL) {
            Some(official) if self.domain == HUB && !official.contains('/') => official,
            _ => &self.path,
        };
        let name =
            if self.domain == HUB { path.to_owned() } else { format!("{}/{path}", self.domain) };
        format!("{name}{}", Suffix(self))
    }
}

/// Written in full, the registry included.
impl fmt::Display for ImageReference {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}{}", self.domain, self.path, Suffix(self))
    }
}

struct Suffix<'a>(&'a ImageReference);

impl fmt::Display for Suffix<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(tag) = &self.0.tag {
            write!(out, ":{tag}")?;
        }
        if let Some(digest) = &self.0.digest {
            write!(out, "@{digest}")?;
        }
        Ok(())
    }
}

/// The first part is a registry if nothing else can look like it: a dot, a port, capitals, or
/// `localhost`.
fn split_domain(text: &str) -> (String, String) {
    let (domain, rest) = match text.split_once('/') {
        Some((HUB_OLD, rest)) => (HUB, rest),
        Some((first, rest))
            if first == "localhost"
                || first.contains(['.', ':'])
                || first.bytes().any(|b| b.is_ascii_uppercase()) =>
        {
            (first, rest)
        }
        _ => (HUB, text),
    };
    let official = domain == HUB && !rest.contains('/');
    let rest = if official { format!("{OFFICIAL}{rest}") } else { rest.to_owned() };
    (domain.to_owned(), rest)
}

/// Name, tag and digest of a text without registry.
pub(crate) fn split_name(text: &str) -> (&str, Option<&str>, Option<&str>) {
    let (text, digest) = match text.split_once('@') {
        Some((text, digest)) => (text, Some(digest)),
        None => (text, None),
    };
    match text.split_once(':') {
        Some((name, tag)) => (name, Some(tag), digest),
        None => (text, None, digest),
    }
}

fn is_domain(domain: &str) -> bool {
    let (host, port) = match domain.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, port)) => {
            let hex = |b: u8| b.is_ascii_hexdigit() || b == b':';
            return !address.is_empty()
                && address.bytes().all(hex)
                && (port.is_empty() || port.strip_prefix(':').is_some_and(is_port));
        }
        None => match domain.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (domain, None),
        },
    };
    let component = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !part.starts_with('-')
            && !part.ends_with('-')
    };
    host.split('.').all(component) && port.is_none_or(is_port)
}

fn is_port(port: &str) -> bool {
    !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit())
}

/// Checks a repository path, `library/alpine`.
pub(crate) fn check_path(path: &str) -> Result<(), ReferenceError> {
    if path.len() > PATH_MAX {
        return Err(ReferenceError::TooLong);
    }
    match path.split('/').all(is_path_component) {
        true => Ok(()),
        false => Err(ReferenceError::BadPath(path.to_owned())),
    }
}

/// Letters and digits, with one separator (`.`, `_`, `__`, or any number of `-`) between them.
fn is_path_component(component: &str) -> bool {
    let word = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let bytes = component.as_bytes();
    let ends = [bytes.first(), bytes.last()];
    if !ends.iter().all(|end| end.is_some_and(|b| word(*b))) {
        return false;
    }
    component
        .split(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        .all(|gap| matches!(gap, "" | "." | "_" | "__") || gap.bytes().all(|b| b == b'-'))
}

fn is_tag(tag: &str) -> bool {
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    let bytes = tag.as_bytes();
    (1..=TAG_MAX).contains(&bytes.len())
        && word(bytes[0])
        && bytes.iter().all(|b| word(*b) || matches!(b, b'.' | b'-'))
}

/// Whether a text is a digest of one of the algorithms that registries use.
pub fn is_digest(digest: &str) -> bool {
    let Some((algorithm, hex)) = digest.split_once(':') else {
        return false;
    };
    let length = match algorithm {
        "sha256" => 64,
        "sha384" => 96,
        "sha512" => 128,
        _ => return false,
    };
    hex.len() == length && hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    #[test]
    fn references_are_completed_and_shortened() {
        let cases = [
            ("alpine", "docker.io/library/alpine", "alpine"),
            ("alpine:3.22", "docker.io/library/alpine:3.22", "alpine:3.22"),
            ("docker.io/alpine", "docker.io/library/alpine", "alpine"),
            ("index.docker.io/library/alpine", "docker.io/library/alpine", "alpine"),
            ("moby/buildkit:v1", "docker.io/moby/buildkit:v1", "moby/buildkit:v1"),
            ("localhost/x", "localhost/x", "localhost/x"),
            ("localhost:5000/x:1", "localhost:5000/x:1", "localhost:5000/x:1"),
            ("ghcr.io/a/b/c", "ghcr.io/a/b/c", "ghcr.io/a/b/c"),
            ("[::1]:5000/x", "[::1]:5000/x", "[::1]:5000/x"),
            ("REGISTRY/x", "REGISTRY/x", "REGISTRY/x"),
            ("a__b/c---d.e_f", "docker.io/a__b/c---d.e_f", "a__b/c---d.e_f"),
            ("library/a/b", "docker.io/library/a/b", "library/a/b"),
        ];
        for (text, full, familiar) in cases {
            let reference = ImageReference::parse(text).unwrap();
            assert_eq!(reference.to_string(), full, "{text}");
            assert_eq!(reference.familiar(), familiar, "{text}");
        }
        let pinned = ImageReference::parse(&format!("alpine:3@{DIGEST}")).unwrap();
        assert_eq!(pinned.to_string(), format!("docker.io/library/alpine:3@{DIGEST}"));
        assert_eq!(pinned.name(), "docker.io/library/alpine");
    }

    #[test]
    fn latest_is_added_where_nothing_says_which() {
        let check = |text: &str, full: &str| {
            assert_eq!(ImageReference::parse(text).unwrap().or_latest().to_string(), full);
        };
        check("alpine", "docker.io/library/alpine:latest");
        check("alpine:3", "docker.io/library/alpine:3");
        check(&format!("alpine@{DIGEST}"), &format!("docker.io/library/alpine@{DIGEST}"));
    }

    #[test]
    fn what_is_wrong_is_reported() {
        let cases = [
            ("", ReferenceError::NoName),
            (":tag", ReferenceError::NoName),
            ("ghcr.io/", ReferenceError::NoName),
            ("Alpine", ReferenceError::Uppercase("Alpine".into())),
            ("ghcr.io/Alpine", ReferenceError::Uppercase("Alpine".into())),
            ("ghcr..io/x", ReferenceError::BadDomain("ghcr..io".into())),
            ("-x.io/x", ReferenceError::BadDomain("-x.io".into())),
            ("host:port/x", ReferenceError::BadDomain("host:port".into())),
            ("a//b", ReferenceError::BadPath("a//b".into())),
            ("a___b/c", ReferenceError::BadPath("a___b/c".into())),
            ("a/-b", ReferenceError::BadPath("a/-b".into())),
            ("alpine:", ReferenceError::BadTag(String::new())),
            ("alpine:-x", ReferenceError::BadTag("-x".into())),
            ("alpine@sha256:12", ReferenceError::BadDigest("sha256:12".into())),
            ("alpine@md5:00", ReferenceError::BadDigest("md5:00".into())),
        ];
        for (text, error) in cases {
            assert_eq!(ImageReference::parse(text).unwrap_err(), error, "{text}");
        }
        let id = "0123456789abcdef".repeat(4);
        assert_eq!(ImageReference::parse(&id).unwrap_err(), ReferenceError::ImageId);
        let long = "a".repeat(256);
        assert_eq!(ImageReference::parse(&long).unwrap_err(), ReferenceError::TooLong);
        let tag = format!("alpine:{}", "a".repeat(129));
        assert!(matches!(ImageReference::parse(&tag), Err(ReferenceError::BadTag(_))));
    }
}
