//! Diagnostics as text for people, in the look of rustc: for the command line, and for the snapshots
//! of the tests. No colour.

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Renderer, Snippet};

use super::{Diagnostic, Label, Severity};
use crate::source::SourceFile;

/// All diagnostics, with an empty line between two.
pub fn render(file: &SourceFile, diagnostics: &[Diagnostic]) -> String {
    let texts: Vec<String> = diagnostics.iter().map(|found| render_one(file, found)).collect();
    texts.join("\n\n")
}

/// One diagnostic with an excerpt of the file.
pub fn render_one(file: &SourceFile, found: &Diagnostic) -> String {
    let level = match found.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(found.message.as_str()).id(found.code.name);
    let primary = found.primary.iter().map(|label| annotate(file, label, AnnotationKind::Primary));
    let others = found.secondary.iter().map(|label| annotate(file, label, AnnotationKind::Context));
    let places: Vec<Annotation<'_>> = primary.chain(others).collect();
    let mut group = if places.is_empty() {
        Group::with_title(title)
    } else {
        title.element(Snippet::source(file.text()).path(file.name()).annotations(places))
    };
    for help in &found.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    Renderer::plain().render(&[group])
}

fn annotate<'a>(file: &SourceFile, label: &'a Label, kind: AnnotationKind) -> Annotation<'a> {
    let span = file.clamp(label.span);
    let text = (!label.text.is_empty()).then_some(label.text.as_str());
    kind.span(span.start..span.end).label(text)
}

#[cfg(test)]
mod tests {
    use super::super::codes;
    use super::*;
    use crate::source::Span;

    #[test]
    fn looks_like_rustc() {
        let file = SourceFile::new("strake.toml", "[stage.app]\nform = \"scratch\"\n");
        let found = Diagnostic::error(&codes::UNKNOWN_KEY, "unknown key `form` in `[stage.app]`")
            .at(Span::from(12..16))
            .and_at(Span::from(0..11), "in this stage")
            .help("did you mean `from`?");
        let bare = Diagnostic::warning(&codes::NO_STAGE, "nothing to build").help("add a stage");
        insta::assert_snapshot!(render(&file, &[found, bare]));
    }

    #[test]
    fn places_outside_the_file_do_no_harm() {
        let file = SourceFile::new("strake.toml", "ä");
        for span in [0..99, 1..1, 1..2, 50..60] {
            let found = Diagnostic::error(&codes::UNKNOWN_KEY, "x").at(Span::from(span));
            assert!(render_one(&file, &found).contains("unknown-key"));
        }
        let found = Diagnostic::error(&codes::UNKNOWN_KEY, "x").at(Span::from(0..0));
        assert!(render_one(&SourceFile::new("f", ""), &found).contains("unknown-key"));
    }
}
