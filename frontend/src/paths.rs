//! Paths in images: always `/`, always cleaned, relative ones under the working directory.

use strake_llb::clean_path;

/// Joins a path to a directory and cleans it, without a trailing slash (but for the root).
pub fn join(directory: &str, path: &str) -> String {
    let whole = if path.starts_with('/') { path.to_owned() } else { format!("{directory}/{path}") };
    clean_path(&format!("/{whole}"))
}

/// Joins a destination to the working directory. What says that it is a directory (a trailing
/// slash, `.`) still says so afterwards: copies depend on it.
pub fn destination(workdir: &str, path: &str) -> String {
    let joined = join(workdir, path);
    let directory = path.ends_with('/') || path == "." || path.ends_with("/.");
    if directory && joined != "/" { format!("{joined}/") } else { joined }
}

/// The last component of a path or of a URL's path.
pub fn file_name(path: &str) -> Option<&str> {
    path.trim_end_matches('/').rsplit('/').next().filter(|name| !name.is_empty())
}

/// The directory above an absolute path; none where that is the root.
pub fn parent(path: &str) -> Option<&str> {
    let (directory, _) = path.trim_end_matches('/').rsplit_once('/')?;
    (!directory.is_empty()).then_some(directory)
}

/// Whether a path is a directory's or below it; both are absolute and clean.
pub fn is_below(path: &str, directory: &str) -> bool {
    let rest = path.strip_prefix(directory.trim_end_matches('/'));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether a path has wildcards that are not escaped.
pub fn has_wildcards(path: &str) -> bool {
    let mut chars = path.chars();
    while let Some(c) = chars.next() {
        match c {
            '*' | '?' | '[' => return true,
            '\\' => {
                chars.next();
            }
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joins_and_cleans() {
        for (directory, path, joined) in [
            ("/", "a", "/a"),
            ("/src", ".", "/src"),
            ("/src", "../a//b/", "/a/b"),
            ("/src", "/abs/./x", "/abs/x"),
            ("/", "../..", "/"),
        ] {
            assert_eq!(join(directory, path), joined, "{directory} {path}");
        }
    }

    #[test]
    fn a_directory_stays_a_directory() {
        for (path, joined) in [
            (".", "/w/"),
            ("./", "/w/"),
            ("a", "/w/a"),
            ("a/.", "/w/a/"),
            ("/", "/"),
            ("/x/", "/x/"),
        ] {
            assert_eq!(destination("/w", path), joined, "{path}");
        }
    }

    #[test]
    fn the_root_is_no_parent() {
        assert_eq!(parent("/a/b/c"), Some("/a/b"));
        assert_eq!(parent("/a/b/"), Some("/a"));
        assert_eq!((parent("/a"), parent("/a/"), parent("/")), (None, None, None));
    }

    #[test]
    fn below_is_not_beside() {
        assert!(is_below("/a/b", "/a") && is_below("/a", "/a") && is_below("/a", "/"));
        assert!(!is_below("/ab", "/a") && !is_below("/", "/a"));
    }

    #[test]
    fn finds_wildcards() {
        assert!(has_wildcards("a/*.txt") && has_wildcards("a?") && has_wildcards("[ab]"));
        assert!(!has_wildcards(r"a\*b") && !has_wildcards("plain"));
    }
}
