//! Comments that say what a manifest, or a stage, is for. `targets` and `outline` show them.

use crate::source::SourceFile;

/// Comments with a meaning for BuildKit, which describe nothing.
const DIRECTIVES: [&str; 3] = ["syntax", "escape", "check"];

/// The first block of comments, below the syntax line. A block right above a table is about the
/// table.
pub(crate) fn description(file: &SourceFile) -> String {
    let mut lines = file.text().trim_start_matches('\u{feff}').lines().map(str::trim).peekable();
    while lines.next_if(|line| line.is_empty() || is_directive(line)).is_some() {}
    let mut block = Vec::new();
    while let Some(line) = lines.next_if(|line| line.starts_with('#')) {
        block.push(content(line));
    }
    match lines.peek() {
        Some(line) if line.starts_with('[') => String::new(),
        _ => block.join("\n").trim().to_owned(),
    }
}

/// The comments on the lines directly above an offset.
pub(crate) fn above(file: &SourceFile, offset: usize) -> Option<String> {
    let line = file.line_column(offset).line;
    let mut block: Vec<&str> = (1..line)
        .rev()
        .map(|line| file.line_text(line).trim())
        .take_while(|line| line.starts_with('#') && !is_directive(line))
        .map(content)
        .collect();
    block.reverse();
    let text = block.join("\n").trim().to_owned();
    (!text.is_empty()).then_some(text)
}

fn content(line: &str) -> &str {
    let text = line.trim_start_matches('#');
    text.strip_prefix(' ').unwrap_or(text).trim_end()
}

fn is_directive(line: &str) -> bool {
    let Some((name, _)) = line.strip_prefix('#').and_then(|rest| rest.split_once('=')) else {
        return false;
    };
    DIRECTIVES.iter().any(|directive| directive.eq_ignore_ascii_case(name.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(description(&SourceFile::new("f", text)), expected, "{text:?}");
    }

    #[test]
    fn the_first_block_describes() {
        check("", "");
        check("# syntax=x\n\n# One.\n#  Two.\n\n# Three.\n[arg]\n", "One.\n Two.");
        check("\u{feff}# syntax=x\r\n# One.\r\n\r\n[arg]\r\n", "One.");
        check("# One.\n", "One.");
        check("[arg]\n# One.\n", "");
    }

    #[test]
    fn a_block_right_above_a_table_is_the_tables() {
        let text = "# syntax=x\n# The app.\n# For all.\n[stage.app]\n";
        check(text, "");
        let file = SourceFile::new("f", text);
        assert_eq!(above(&file, 35).as_deref(), Some("The app.\nFor all."));
        assert_eq!(above(&file, 0), None);
    }
}
