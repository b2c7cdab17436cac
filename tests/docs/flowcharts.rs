//! Mermaid flowcharts: that they are well-formed. Nothing here draws one; what is checked is what a
//! slip of the pen breaks, and what GitHub then shows as an error in place of the picture.

use std::collections::BTreeSet;

/// What is wrong with a flowchart.
pub(crate) fn problem(text: &str) -> Option<String> {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or_default();
    if !["flowchart TD", "flowchart LR"].contains(&first) {
        return Some(format!("`{first}` is no kind of flowchart"));
    }
    let (mut open, mut defined, mut used) = (0, BTreeSet::new(), BTreeSet::new());
    for line in lines {
        if line.starts_with("subgraph ") {
            open += 1;
        } else if line == "end" {
            open -= 1;
        } else if let Some(class) = line.strip_prefix("classDef ") {
            defined.insert(class.split(' ').next().unwrap_or_default());
        } else if let Some((_, class)) = line.rsplit_once(":::") {
            used.insert(class);
        }
        if open < 0 || !is_balanced(line) {
            return Some(format!("something is not closed, or not opened: `{line}`"));
        }
    }
    if open != 0 {
        return Some("a subgraph is not closed".to_owned());
    }
    used.difference(&defined).next().map(|class| format!("there is no class `{class}`"))
}

/// Brackets outside of quotes, and the quotes.
fn is_balanced(line: &str) -> bool {
    let (mut open, mut quoted) = (Vec::new(), false);
    for character in line.chars() {
        let expected = match character {
            '"' => {
                quoted = !quoted;
                continue;
            }
            _ if quoted => continue,
            '[' | '(' | '{' => {
                open.push(character);
                continue;
            }
            ']' => '[',
            ')' => '(',
            '}' => '{',
            _ => continue,
        };
        if open.pop() != Some(expected) {
            return false;
        }
    }
    open.is_empty() && !quoted
}

#[test]
fn flowcharts_are_looked_into() {
    for (text, good) in [
        ("flowchart TD\n a[(\"x ] y\")] --> b\n", true),
        ("flowchart TD\n subgraph s[\"t\"]\n  a:::c\n end\n classDef c fill:#fff\n", true),
        ("graph\n a --> b\n", false),
        ("flowchart TD\n a[(\"x\"]) --> b\n", false),
        ("flowchart TD\n a[\"x] --> b\n", false),
        ("flowchart TD\n subgraph s\n a\n", false),
        ("flowchart TD\n end\n", false),
        ("flowchart TD\n a:::c\n", false),
    ] {
        assert_eq!(problem(text).is_none(), good, "{text}");
    }
}
