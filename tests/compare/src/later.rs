//! A Dockerfile whose last command is another one. Without a parser: where the guess is wrong, both frontends
//! are given the same odd file.

/// The file with a command before its last `RUN` that no other build has; nothing where it has no `RUN`.
pub(crate) fn changed(dockerfile: &str, token: &str) -> Option<String> {
    let mut last = None;
    let (mut at, mut document, mut continues) = (0, None::<String>, false);
    for line in dockerfile.split_inclusive('\n') {
        let text = line.trim();
        let start = at;
        at += line.len();
        if let Some(end) = &document {
            if text == end {
                document = None;
            }
            continue;
        }
        let is_run = text.get(..4).is_some_and(|word| word.eq_ignore_ascii_case("run "));
        if is_run && !continues {
            last = Some(start);
        }
        let is_comment = text.is_empty() || text.starts_with('#');
        continues = text.ends_with(['\\', '`']) || (continues && is_comment);
        document = end_of_document(text).filter(|_| !is_comment);
    }
    let last = last?;
    let (before, behind) = (dockerfile.get(..last)?, dockerfile.get(last..)?);
    Some(format!("{before}RUN : {token}\n{behind}"))
}

/// The word that ends the here document which a line begins.
fn end_of_document(line: &str) -> Option<String> {
    let (_, word) = line.rsplit_once("<<")?;
    let word = word.trim_start_matches('-').split([' ', '\t', ';', '&', '|', ')']).next()?;
    let word = word.trim_matches(['"', '\'']);
    let is_word = word.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    is_word.then(|| word.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_command_is_changed() {
        let file =
            "FROM a\nRUN one\nrun two \\\n  # why\n\n  RUN three\nCOPY <<E /x\nRUN four\nE\n";
        let expected = file.replace("run two", "RUN : t\nrun two");
        assert_eq!(changed(file, "t"), Some(expected));
        let file = "FROM a\nRUN <<'END' sh\nRUN not\nEND\nRUN last";
        assert_eq!(changed(file, "t"), Some(file.replace("RUN last", "RUN : t\nRUN last")));
        assert_eq!(changed("FROM a\nCOPY run /\n", "t"), None);
    }
}
