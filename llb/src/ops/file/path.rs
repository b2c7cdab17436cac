//! Paths, in the form that BuildKit's library gives them.

/// The shortest path that means the same, by its text alone, as Go's `path.Clean` has it: `.` for an
/// empty one.
#[must_use]
pub fn clean_path(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    match (rooted, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}

/// The same, taken from the root.
pub(super) fn clean(path: &str) -> String {
    clean_path(&format!("/{path}"))
}

/// The same for a destination, where a slash at the end means a directory.
pub(super) fn clean_destination(path: &str) -> String {
    let mut cleaned = clean(path);
    if path.ends_with('/') && cleaned != "/" {
        cleaned.push('/');
    } else if path.ends_with("/.") {
        cleaned.push_str(if cleaned == "/" { "." } else { "/." });
    }
    cleaned
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cleaned() {
        for (path, expected) in
            [("", "/"), ("a", "/a"), ("/a//b/./../c/", "/a/c"), ("/..", "/"), ("../x", "/x")]
        {
            assert_eq!(clean(path), expected, "{path}");
        }
        for (path, expected) in
            [("/d/", "/d/"), ("/", "/"), ("d", "/d"), ("/d/.", "/d/."), ("/.", "/."), (".", "/")]
        {
            assert_eq!(clean_destination(path), expected, "{path}");
        }
    }
}
