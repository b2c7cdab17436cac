//! `.dockerignore` files: text to the exclude patterns that a local source takes, by the rules of
//! moby's `ignorefile`. The patterns themselves are matched by the client.

use strake_llb::clean_path;

/// Reads an ignore file. Comments and empty lines are left out; patterns are cleaned like paths and
/// lose their leading slash; `!` stays in front.
pub fn parse(file: &[u8]) -> Vec<String> {
    let file = file.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(file);
    String::from_utf8_lossy(file).split('\n').filter_map(parse_line).collect()
}

fn parse_line(line: &str) -> Option<String> {
    // Only a `#` in the first column starts a comment.
    let pattern = line.trim();
    if line.starts_with('#') || pattern.is_empty() {
        return None;
    }
    Some(match pattern.strip_prefix('!') {
        Some(inverted) => format!("!{}", clean_pattern(inverted.trim())),
        None => clean_pattern(pattern),
    })
}

fn clean_pattern(pattern: &str) -> String {
    if pattern.is_empty() {
        return String::new();
    }
    let cleaned = clean_path(pattern);
    match cleaned.strip_prefix('/') {
        Some(relative) if !relative.is_empty() => relative.to_owned(),
        _ => cleaned,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_cleaned() {
        let file =
            b"\xEF\xBB\xBF# comment\n\n  # no comment\nnode_modules\r\n/dist/\n./a//b/../c\n\
            ! /keep\n!\n/\n**/*.o \n..\n";
        let expected =
            ["# no comment", "node_modules", "dist", "a/c", "!keep", "!", "/", "**/*.o", ".."];
        assert_eq!(parse(file), expected);
        assert!(parse(b"").is_empty());
    }

    #[test]
    fn paths_are_cleaned_as_go_does() {
        let cases = [
            ("", "."),
            (".", "."),
            ("/", "/"),
            ("a/b/..", "a"),
            ("a/..", "."),
            ("../../a", "../../a"),
            ("/../a", "/a"),
            ("//a//b/", "/a/b"),
        ];
        for (path, cleaned) in cases {
            assert_eq!(clean_path(path), cleaned, "{path}");
        }
    }
}
