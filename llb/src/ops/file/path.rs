//! Paths in an operation, in the form that BuildKit's library gives them.

/// A path as Go's `path.Clean` writes it, taken from the root.
pub(super) fn clean(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
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
