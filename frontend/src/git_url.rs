//! Git repositories as build contexts: which URLs are git URLs, and what they say of reference,
//! directory and checkout. Both forms are read: the fragment (`#ref:subdir`) and the query
//! (`?tag=v1&subdir=docs`).

use std::collections::BTreeMap;

use crate::paths;
use crate::text::{parse_bool, percent_decode};

/// A git repository at a reference.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GitUrl {
    /// What git is called with: the URL without query and fragment.
    pub remote: String,
    /// Host, with its port.
    pub host: String,
    /// Path on the host, as in the URL, decoded.
    pub path: String,
    /// `https`, `http`, `ssh` or `git`.
    pub scheme: String,
    /// Branch, tag or commit; empty for the default branch.
    pub reference: String,
    /// Directory of the repository; empty for all of it.
    pub subdir: String,
    /// Commit (a prefix will do) that the reference must lead to.
    pub checksum: Option<String>,
    /// Whether `.git` is kept; none where nothing says so.
    pub keep_git_dir: Option<bool>,
    /// Fetch submodules, which is what happens by default.
    pub submodules: Option<bool>,
    /// Times of the files: `checkout` or `commit`.
    pub mtime: Option<String>,
    /// Fetch the checksum's commit, whatever the reference leads to now.
    pub fetch_by_commit: bool,
}

/// Why a git URL can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GitUrlError {
    /// A key of the query that means nothing.
    #[error("the query key `{0}` is unknown")]
    UnknownKey(String),
    /// A key of the query is given twice.
    #[error("the query key `{0}` is given more than once")]
    Repeated(String),
    /// A key of the query needs a value.
    #[error("the query key `{0}` has no value")]
    NoValue(String),
    /// A key of the query has a value it can't have.
    #[error("`{value}` is not valid for the query key `{key}`: {expected}")]
    BadValue {
        key: String,
        value: String,
        /// What it can be.
        expected: &'static str,
    },
    /// Two places say different things.
    #[error("the {what} is given twice: `{first}` and `{second}`")]
    Conflict {
        /// What is given twice: the reference or the directory.
        what: &'static str,
        first: String,
        second: String,
    },
    /// `branch` and `tag` together.
    #[error("a branch and a tag can't be given together")]
    BranchAndTag,
}

impl GitUrl {
    /// Reads a git URL. `None` where the text is something else: a path, an archive on a web server.
    ///
    /// # Errors
    /// The text is a git URL and its query can't be understood.
    pub fn detect(text: &str) -> Option<Result<Self, GitUrlError>> {
        let (mut url, query) = split(text)?;
        Some(url.read_query(query).map(|()| url))
    }

    /// A repository where a git URL must stand, so that nothing has to be told apart: `.git` at the
    /// end is not needed, and a text without protocol is taken for `https`. `None` where it has
    /// another protocol.
    ///
    /// # Errors
    /// The query can't be understood.
    pub fn of_repository(text: &str) -> Option<Result<Self, GitUrlError>> {
        let (mut url, query) = match split_any(text) {
            None if !text.contains("://") => split_any(&format!("https://{text}"))?,
            parts => parts?,
        };
        Some(url.read_query(query).map(|()| url))
    }

    /// What BuildKit knows the repository by, whatever protocol is used:
    /// `host/path[#ref[:subdir]]`.
    pub fn identifier(&self) -> String {
        let path = paths::join("/", &self.path);
        let mut id = format!("{}{path}", self.host);
        if !self.reference.is_empty() || !self.subdir.is_empty() {
            id.push('#');
            id += &self.reference;
        }
        if !self.subdir.is_empty() {
            id.push(':');
            id += &self.subdir;
        }
        id
    }

    fn read_query(&mut self, query: BTreeMap<String, Vec<String>>) -> Result<(), GitUrlError> {
        let (mut tag, mut branch) = (None, None);
        for (key, mut values) in query {
            if values.len() > 1 {
                return Err(GitUrlError::Repeated(key));
            }
            let value = values.pop().unwrap_or_default();
            match key.as_str() {
                "submodules" => self.submodules = Some(flag(&key, &value)?),
                "keep-git-dir" => self.keep_git_dir = Some(flag(&key, &value)?),
                "fetch-by-commit" => self.fetch_by_commit = flag(&key, &value)?,
                _ if value.is_empty() => return Err(GitUrlError::NoValue(key)),
                "ref" => set("reference", &mut self.reference, value)?,
                "subdir" => set("directory", &mut self.subdir, value)?,
                "tag" => tag = Some(prefixed("refs/tags/", &value)),
                "branch" => branch = Some(prefixed("refs/heads/", &value)),
                "checksum" | "commit" => self.checksum = Some(value),
                "mtime" if matches!(value.as_str(), "checkout" | "commit") => {
                    self.mtime = Some(value);
                }
                "mtime" => {
                    let expected = "use `checkout` or `commit`";
                    return Err(GitUrlError::BadValue { key, value, expected });
                }
                _ => return Err(GitUrlError::UnknownKey(key)),
            }
        }
        if tag.is_some() && branch.is_some() {
            return Err(GitUrlError::BranchAndTag);
        }
        tag.or(branch).map_or(Ok(()), |name| set("reference", &mut self.reference, name))
    }
}

fn prefixed(prefix: &str, name: &str) -> String {
    if name.starts_with(prefix) { name.to_owned() } else { format!("{prefix}{name}") }
}

fn set(what: &'static str, slot: &mut String, value: String) -> Result<(), GitUrlError> {
    if !slot.is_empty() && *slot != value {
        return Err(GitUrlError::Conflict { what, first: slot.clone(), second: value });
    }
    *slot = value;
    Ok(())
}

fn flag(key: &str, value: &str) -> Result<bool, GitUrlError> {
    if value.is_empty() {
        return Ok(true);
    }
    parse_bool(value).ok_or_else(|| GitUrlError::BadValue {
        key: key.to_owned(),
        value: value.to_owned(),
        expected: "use `true` or `false`",
    })
}

type Query = BTreeMap<String, Vec<String>>;

/// Takes a git URL apart; `None` where it is none.
fn split(text: &str) -> Option<(GitUrl, Query)> {
    if text.starts_with("./") || text.starts_with("../") {
        return None;
    }
    // A web server has other things, too: a repository shows by its suffix.
    let (url, query) = split_any(text)?;
    let web = text.contains("://") && matches!(url.scheme.as_str(), "http" | "https");
    (!web || url.path.ends_with(".git")).then_some((url, query))
}

/// Takes anything apart that git could fetch.
fn split_any(text: &str) -> Option<(GitUrl, Query)> {
    let (front, fragment) = cut(text, '#');
    let (front, query) = cut(front, '?');
    let mut url = match front.split_once("://") {
        Some((scheme, rest)) => with_scheme(scheme, rest)?,
        // An old short form, for the main context only; it can't be told from a path.
        None if front.starts_with("github.com/") => with_scheme("https", front)?,
        None => scp_style(front)?,
    };
    let fragment = percent_decode(fragment)?;
    let (reference, subdir) = cut(&fragment, ':');
    url.reference = reference.to_owned();
    url.subdir = clean_relative(subdir);
    Some((url, parse_query(query)?))
}

fn cut(text: &str, at: char) -> (&str, &str) {
    text.split_once(at).unwrap_or((text, ""))
}

fn with_scheme(scheme: &str, rest: &str) -> Option<GitUrl> {
    let scheme = scheme.to_ascii_lowercase();
    if !matches!(scheme.as_str(), "http" | "https" | "ssh" | "git") {
        return None;
    }
    let path_at = rest.find('/').unwrap_or(rest.len());
    let (authority, path) = rest.split_at(path_at);
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let remote = format!("{scheme}://{rest}");
    let path = percent_decode(path)?;
    Some(GitUrl { remote, host: host.to_owned(), path, scheme, ..GitUrl::default() })
}

/// `user@host:path`, which git takes to be SSH.
fn scp_style(text: &str) -> Option<GitUrl> {
    let (user, rest) = text.split_once('@')?;
    let (host, path) = rest.split_once(':')?;
    let user_character = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    let host_character = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.');
    if user.is_empty() || !user.bytes().all(user_character) {
        return None;
    }
    if host.is_empty() || !host.bytes().all(host_character) {
        return None;
    }
    Some(GitUrl {
        remote: text.to_owned(),
        host: host.to_owned(),
        path: path.to_owned(),
        scheme: "ssh".to_owned(),
        ..GitUrl::default()
    })
}

fn parse_query(query: &str) -> Option<Query> {
    let mut parsed = Query::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = cut(pair, '=');
        let decode = |text: &str| percent_decode(&text.replace('+', " "));
        parsed.entry(decode(key)?).or_default().push(decode(value)?);
    }
    Some(parsed)
}

/// A directory of the repository without dots and doubled slashes; it can't leave the repository.
fn clean_relative(path: &str) -> String {
    paths::join("/", path).split_off(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(text: &str) -> String {
        match GitUrl::detect(text) {
            None => "no git".to_owned(),
            Some(Err(error)) => error.to_string(),
            Some(Ok(url)) => {
                let mut summary = url.remote.clone();
                let mut add = |key: &str, value: String| summary += &format!(" {key}={value}");
                if !url.reference.is_empty() {
                    add("ref", url.reference.clone());
                }
                if !url.subdir.is_empty() {
                    add("subdir", url.subdir.clone());
                }
                url.checksum.iter().for_each(|c| add("checksum", c.clone()));
                url.keep_git_dir.iter().for_each(|k| add("keep", k.to_string()));
                url.submodules.iter().for_each(|s| add("submodules", s.to_string()));
                url.mtime.iter().for_each(|m| add("mtime", m.clone()));
                if url.fetch_by_commit {
                    add("by-commit", "true".to_owned());
                }
                summary
            }
        }
    }

    #[test]
    fn urls_are_told_apart_and_read() {
        let cases = [
            ("https://example.com/", "no git"),
            ("https://example.com/foo", "no git"),
            ("https://example.com/foo.git/", "no git"),
            ("https://example.com/foo.git.bar", "no git"),
            ("http://github.com/docker/docker.git:#branch", "no git"),
            ("custom.xyz/moby/buildkit.git", "no git"),
            ("./.git", "no git"),
            ("../a@b:c", "no git"),
            (".git", "no git"),
            ("", "no git"),
            ("ftp://example.com/foo.git", "no git"),
            ("https://example.com/foo.git#%zz", "no git"),
            ("https://example.com/foo.git", "https://example.com/foo.git"),
            ("HTTPS://example.com/foo.git", "https://example.com/foo.git"),
            ("https://example.com/foo.git#deadbeef", "https://example.com/foo.git ref=deadbeef"),
            (
                "https://example.com/foo.git#a/b:c/d",
                "https://example.com/foo.git ref=a/b subdir=c/d",
            ),
            ("https://example.com/foo.git#:../x/./y", "https://example.com/foo.git subdir=x/y"),
            ("https://u:p@github.com/a/b.git", "https://u:p@github.com/a/b.git"),
            ("git://example.com/foo", "git://example.com/foo"),
            ("ssh://git@example.com:22/foo", "ssh://git@example.com:22/foo"),
            ("git@github.com:moby/buildkit", "git@github.com:moby/buildkit"),
            ("git@github.com:a/b.git?subdir=/s#v1", "git@github.com:a/b.git ref=v1 subdir=/s"),
            ("github.com/moby/buildkit#master", "https://github.com/moby/buildkit ref=master"),
            ("https://a.b/c.git?ref=v1&subdir=/s", "https://a.b/c.git ref=v1 subdir=/s"),
            ("https://a.b/c.git?tag=v1", "https://a.b/c.git ref=refs/tags/v1"),
            ("https://a.b/c.git?branch=v1", "https://a.b/c.git ref=refs/heads/v1"),
            ("https://a.b/c.git?ref=v1#v2", "the reference is given twice: `v2` and `v1`"),
            (
                "https://a.b/c.git?ref=v1&tag=v2",
                "the reference is given twice: `v1` and `refs/tags/v2`",
            ),
            ("https://a.b/c.git?tag=a&branch=b", "a branch and a tag can't be given together"),
            ("https://a.b/c.git?mtime=commit", "https://a.b/c.git mtime=commit"),
            (
                "https://a.b/c.git?mtime=x",
                "`x` is not valid for the query key `mtime`: use `checkout` or `commit`",
            ),
            (
                "https://a.b/c.git?fetch-by-commit&checksum=dead",
                "https://a.b/c.git checksum=dead by-commit=true",
            ),
            (
                "https://a.b/c.git?keep-git-dir=1&submodules=false",
                "https://a.b/c.git keep=true submodules=false",
            ),
            (
                "https://a.b/c.git?submodules=maybe",
                "`maybe` is not valid for the query key `submodules`: use `true` or `false`",
            ),
            ("https://a.b/c.git?ref", "the query key `ref` has no value"),
            ("https://a.b/c.git?ref=a&ref=b", "the query key `ref` is given more than once"),
            ("https://a.b/c.git?colour=1", "the query key `colour` is unknown"),
        ];
        for (text, expected) in cases {
            assert_eq!(summary(text), expected, "{text}");
        }
    }

    #[test]
    fn repositories_need_no_suffix() {
        let remote = |text| GitUrl::of_repository(text).map(|url| url.unwrap().remote);
        assert_eq!(remote("https://a.b/c#v1").as_deref(), Some("https://a.b/c"));
        assert_eq!(remote("a.b/c").as_deref(), Some("https://a.b/c"));
        assert_eq!(remote("git@a.b:c").as_deref(), Some("git@a.b:c"));
        assert_eq!(remote("svn://a.b/c"), None);
    }

    #[test]
    fn identifiers_do_not_depend_on_the_protocol() {
        let id = |text| GitUrl::detect(text).unwrap().unwrap().identifier();
        assert_eq!(id("https://u@github.com/a/b.git"), "github.com/a/b.git");
        assert_eq!(id("git@github.com:a/b.git"), "github.com/a/b.git");
        assert_eq!(id("https://github.com/a/b.git#v1:docs"), "github.com/a/b.git#v1:docs");
        assert_eq!(id("https://github.com//a/./b.git"), "github.com/a/b.git");
        assert_eq!(id("https://github.com/a/b.git#:docs"), "github.com/a/b.git#:docs");
    }
}
