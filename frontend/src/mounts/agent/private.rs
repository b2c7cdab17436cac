//! What tools write beside their cache, and what of it tells of passwords: never in a seed, whoever the
//! mount belongs to. A seed is read by more people than a builder.
//!
//! Two rules. Files of settings, credentials and logs go by their names, where the mount is a
//! tool's directory or has one in it. A tool's notes of what it has fetched go where an URL in them
//! has a name or a password: without its note a tool fetches anew. Packages are left alone,
//! whatever is in them.

use std::ffi::OsStr;
use std::path::Path;

use super::sys;
use super::tree::{Kind, Paths, Tree};

/// Settings with credentials, credentials, and logs, which have URLs and headers in them, in a
/// tool's directory.
const SETTINGS: [&[u8]; 19] = [
    b"_logs", // npm
    b".npmrc",
    b".yarnrc",
    b".yarnrc.yml",
    b"auth.json", // Composer
    b"auth.toml", // Poetry
    b".pypirc",
    b"credentials", // cargo, RubyGems
    b"credentials.toml",
    b"gradle.properties",
    b"settings.xml", // Maven
    b"settings-security.xml",
    b".netrc",
    b"_netrc",
    b".git-credentials",
    b".aws",
    b".docker",
    b".gnupg",
    b".ssh",
];

/// Notes longer than this are not looked through, and left out.
const LONGEST_NOTE: usize = 1 << 24;

/// For each node whether it stays out of a seed.
pub(super) fn private(mount: &Path, tree: &Tree) -> Vec<bool> {
    let paths = Paths::of(tree);
    let is_private = |id: usize| {
        let path = paths.path(id);
        let names: Vec<&[u8]> = path.iter().map(OsStr::as_encoded_bytes).collect();
        is_setting(&names)
            || (tree.content(id).is_some() && is_note(&names) && tells(&mount.join(&path)))
    };
    let mut private: Vec<bool> = (0..tree.nodes.len()).map(|id| id > 0 && is_private(id)).collect();
    for (id, node) in tree.nodes.iter().enumerate() {
        match &node.kind {
            Kind::Directory(children) if private[id] => {
                private[children.clone()].fill(true);
            }
            _ => {}
        }
    }
    private
}

fn is_setting(path: &[&[u8]]) -> bool {
    let Some((name, directories)) = path.split_last() else { return false };
    let of_tool = match directories {
        [] => true,
        [directory] => directory.starts_with(b"."),
        _ => false,
    };
    let of_dnf = || {
        let starts = [b"dnf.".as_slice(), b"hawkey."].iter().any(|head| name.starts_with(head));
        starts && name.windows(4).any(|part| part == b".log")
    };
    // git's note of what was fetched last, and Maven's of what could not be.
    *name == b"FETCH_HEAD"
        || name.ends_with(b".lastUpdated")
        || (of_tool && (SETTINGS.contains(name) || of_dnf()))
}

/// Whether a file is a tool's note of what it has fetched, and nothing of a package.
fn is_note(path: &[&[u8]]) -> bool {
    let Some((name, directories)) = path.split_last() else { return false };
    let below = |directory: &[u8]| directories.contains(&directory);
    let ends = |ends: &[&[u8]]| ends.iter().any(|end| name.ends_with(end));
    let named: [&[u8]; 4] = [
        b".yarn-metadata.json",
        b"origin.json",
        b"_remote.repositories",
        b"resolver-status.properties",
    ];
    named.contains(name)
        // npm
        || below(b"index-v5")
        // pip
        || (below(b"http-v2") && !ends(&[b".body"]))
        // uv
        || ends(&[b".rkyv", b".msgpack", b".http"])
        // pnpm
        || (ends(&[b".json", b".jsonl"]) && directories.iter().any(|name| name.starts_with(b"metadata")))
}

/// Whether a file has an URL with a name or a password in it, or can't be looked through.
fn tells(file: &Path) -> bool {
    match sys::read_file(file, LONGEST_NOTE) {
        Ok(Some(bytes)) => has_user(&bytes),
        Ok(None) => false,
        Err(_) => true,
    }
}

/// `https://TOKEN@host`, `x://name:password@host`; not `ssh://git@host`.
fn has_user(mut text: &[u8]) -> bool {
    const SIGN: &[u8] = b"://";
    while let Some(at) = text.windows(SIGN.len()).position(|part| part == SIGN) {
        let (before, rest) = text.split_at(at);
        text = rest.get(SIGN.len()..).unwrap_or_default();
        let ends = |byte: &u8| b"/?#\"'<>\\".contains(byte) || !byte.is_ascii_graphic();
        let host = text.split(ends).next().unwrap_or_default();
        let Some(user) = host.iter().rposition(|byte| *byte == b'@').and_then(|at| host.get(..at))
        else {
            continue;
        };
        let is_web = [b"http".as_slice(), b"https"].iter().any(|scheme| before.ends_with(scheme));
        let has_password = user.iter().position(|byte| *byte == b':') < user.len().checked_sub(1);
        if !user.is_empty() && (is_web || (has_password && user.contains(&b':'))) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::super::tree::tests::tree;
    use super::*;

    #[test]
    fn users_are_found_in_urls() {
        for url in [
            "http://me:secret@host/x",
            "https://token@host",
            "a \"url\":\"https://me:p%40@host:80/\"",
            "git+https://x:y@host",
            "ftp://me:secret@host",
            "http://one/ http://me:@two/",
        ] {
            assert!(has_user(url.as_bytes()), "{url}");
        }
        for url in [
            "http://host/x@y:z",
            "https://host?a=b@c",
            "ssh://git@host",
            "git+ssh://git@host/x",
            "://",
            "http://@host",
            "http://host me@there",
        ] {
            assert!(!has_user(url.as_bytes()), "{url}");
        }
        assert!(!has_user(&b"://a".repeat(1 << 16)));
    }

    fn left(lines: &[&str]) -> Vec<String> {
        let tree = tree(lines);
        let nothing = Path::new("/nonexistent");
        let (private, paths) = (private(nothing, &tree), Paths::of(&tree));
        let private = (0..tree.nodes.len()).filter(|id| private[*id]);
        private.map(|id| paths.path(id).display().to_string()).collect()
    }

    #[test]
    fn settings_and_logs_are_known_by_their_names() {
        let npm = ["_cacache/", "_logs/", "_cacache/_logs 1", "_logs/a.log 1"];
        assert_eq!(left(&npm), ["_logs", "_logs/a.log"]);
        let home = [".m2/", ".ssh/", "x/", ".m2/settings.xml 1", ".ssh/id 1", "x/settings.xml 1"];
        assert_eq!(left(&home), [".ssh", ".m2/settings.xml", ".ssh/id"]);
        let dnf = ["dnf.librepo.log 1", "hawkey.log.1 1", "my.log 1", "r/", "r/dnf.log 1"];
        assert_eq!(left(&dnf), ["dnf.librepo.log", "hawkey.log.1"]);
        let git = ["a.jar.lastUpdated 1", "db/", "db/x/", "db/x/FETCH_HEAD 1", "db/x/config 1"];
        assert_eq!(left(&git), ["a.jar.lastUpdated", "db/x/FETCH_HEAD"]);
    }

    #[test]
    fn notes_are_no_packages() {
        let is_note = |path: &str| is_note(&path.split('/').map(str::as_bytes).collect::<Vec<_>>());
        for note in [
            "_cacache/index-v5/0a/1b/rest",
            "http-v2/0/1/2/x",
            "simple-v16/index/0a/x.rkyv",
            "cache/metadata-v1.3/registry/x.jsonl",
            "classic/v6/npm-x-1/node_modules/x/.yarn-metadata.json",
        ] {
            assert!(is_note(note), "{note}");
        }
        for package in
            ["_cacache/content-v2/sha512/0a", "http-v2/0/1/x.body", "archive-v0/x/metadata.json"]
        {
            assert!(!is_note(package), "{package}");
        }
    }
}
