//! `# strake:` comments. At the top of a Dockerfile they are about the file; further down, about the
//! instruction below them.
//!
//! Without a parser, what is a comment is known of the lines at the top alone: elsewhere a line that
//! looks like one may be part of a here document. So a directive there counts only if the next line
//! that is no comment begins an instruction of the graph, as its source map tells.

use std::collections::BTreeMap;

use super::opt_out::{self, OptOut};
use super::seed::SeedDirective;
use crate::diagnostics::{Code, Diagnostic, codes, suggest};
use crate::manifest::model::Seed;
use crate::presets::{Boundary, Preset};
use crate::source::{SourceFile, Span, Spanned};

/// All directives of a file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Directives {
    /// `dockerfile=IMAGE`: the frontend to build with.
    pub dockerfile: Option<Spanned<String>>,
    /// `seed=REF`: what empty cache mounts are filled from.
    pub seed: Option<Seed>,
    /// `off`, for the whole file.
    pub opt_out: OptOut,
    /// By the line of the instruction.
    steps: BTreeMap<usize, StepDirectives>,
}

/// The directives of an instruction.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StepDirectives {
    /// `off`, for this step.
    pub opt_out: OptOut,
    /// `uses=A,B`: these caches, whatever the step runs.
    pub uses: Option<Spanned<Vec<&'static Preset>>>,
    /// `boundary=registry|mount|none`: whether its layer is exportable.
    pub boundary: Option<Spanned<Boundary>>,
    /// `compiled=PATH,...`: its cache mounts that hold compiled output; none with `compiled=off`.
    pub compiled: Option<Vec<String>>,
    /// `uid=NUMBER`: the owner of its new cache mounts.
    pub uid: Option<u32>,
    /// `gid=NUMBER`: the group of its new cache mounts.
    pub gid: Option<u32>,
    /// What is wrong with them.
    pub problems: Vec<Diagnostic>,
    /// The last of them.
    pub span: Span,
}

const OF_FILE: [&str; 4] = ["dockerfile", "seed", "tags", "off"];
const OF_STEP: [&str; 6] = ["boundary", "uses", "off", "compiled", "uid", "gid"];

impl Directives {
    /// Reads a file.
    ///
    /// # Errors
    /// What is wrong with the directives at its top.
    pub fn read(file: &SourceFile) -> Result<Self, Vec<Diagnostic>> {
        let mut directives = Directives::default();
        let mut problems = Vec::new();
        let mut pending: Vec<Word<'_>> = Vec::new();
        let mut seed = SeedDirective::default();
        let mut at_top = true;
        let mut start = 0;
        for (number, line) in (1..).zip(file.text().split_inclusive('\n')) {
            let text = line.trim_start_matches('\u{feff}').trim();
            if text.starts_with('#') {
                pending.extend(words(line, start));
            } else if !text.is_empty() {
                for word in std::mem::take(&mut pending) {
                    match at_top {
                        true => problems.extend(directives.add(&word, &mut seed).err()),
                        false => directives.steps.entry(number).or_default().add(&word),
                    }
                }
                at_top = false;
            }
            start += line.len();
        }
        if !at_top && let Some(word) = pending.first() {
            let text = "there is no instruction below this directive".to_owned();
            problems.push(word.problem(&codes::dockerfile::MISPLACED_DIRECTIVE, text));
        }
        match seed.read() {
            Ok(seed) => directives.seed = seed,
            Err((span, reason)) => problems.push(invalid(span, &reason)),
        }
        if problems.is_empty() { Ok(directives) } else { Err(problems) }
    }

    /// Those of the instruction that begins on a line.
    pub fn step(&self, line: usize) -> Option<&StepDirectives> {
        self.steps.get(&line)
    }

    /// Those below the top, by the line of what stands below each.
    pub(super) fn steps(&self) -> impl Iterator<Item = (usize, &StepDirectives)> {
        self.steps.iter().map(|(line, directives)| (*line, directives))
    }

    fn add(&mut self, word: &Word<'_>, seed: &mut SeedDirective) -> Result<(), Diagnostic> {
        match word.key {
            "dockerfile" => self.dockerfile = Some(word.text()?),
            "seed" => seed.image = Some(word.text()?),
            "tags" => seed.tags = Some(word.text()?),
            "off" => {
                self.opt_out = OptOut::of(word.value).map_err(|reason| word.invalid(&reason))?;
            }
            key if OF_STEP.contains(&key) => {
                let text = format!("`{key}` is for an instruction: put it right above one");
                return Err(word.problem(&codes::dockerfile::MISPLACED_DIRECTIVE, text));
            }
            _ => return Err(word.unknown(&OF_FILE)),
        }
        Ok(())
    }
}

impl StepDirectives {
    fn add(&mut self, word: &Word<'_>) {
        self.span = word.span;
        if let Err(problem) = self.set(word) {
            self.problems.push(problem);
        }
    }

    fn set(&mut self, word: &Word<'_>) -> Result<(), Diagnostic> {
        let invalid = |reason: String| word.invalid(&reason);
        match word.key {
            "boundary" => self.boundary = Some(word.boundary()?),
            "uses" => {
                let presets = opt_out::presets(&word.text()?.value).map_err(invalid)?;
                self.uses = Some(Spanned::new(presets, word.span));
            }
            "off" => self.opt_out = OptOut::of(word.value).map_err(invalid)?,
            "compiled" => {
                let text = word.text()?.value;
                let paths = text.split(',').filter(|path| *path != "off").map(str::to_owned);
                self.compiled = Some(paths.collect());
            }
            "uid" => self.uid = Some(word.number()?),
            "gid" => self.gid = Some(word.number()?),
            key if OF_FILE.contains(&key) => {
                let text = format!("`{key}` is for the whole file: put it at the top");
                return Err(word.problem(&codes::dockerfile::MISPLACED_DIRECTIVE, text));
            }
            _ => return Err(word.unknown(&OF_STEP)),
        }
        Ok(())
    }
}

/// One word of a directive: `KEY` or `KEY=VALUE`.
struct Word<'a> {
    key: &'a str,
    value: Option<&'a str>,
    span: Span,
}

impl Word<'_> {
    fn text(&self) -> Result<Spanned<String>, Diagnostic> {
        match self.value {
            Some(value) if !value.is_empty() => Ok(Spanned::new(value.to_owned(), self.span)),
            _ => Err(self.invalid("it needs a value")),
        }
    }

    fn number(&self) -> Result<u32, Diagnostic> {
        let text = self.text()?.value;
        text.parse().map_err(|_| self.invalid(&format!("`{text}` is not a numeric id")))
    }

    fn boundary(&self) -> Result<Spanned<Boundary>, Diagnostic> {
        let text = self.text()?;
        let all = [Boundary::Registry, Boundary::Mount, Boundary::None];
        let found = all.into_iter().find(|boundary| boundary.name() == text.value);
        let boundary = found.ok_or_else(|| {
            self.invalid(&format!("`{}` is not `registry`, `mount` or `none`", text.value))
        })?;
        Ok(Spanned::new(boundary, self.span))
    }

    fn problem(&self, code: &'static Code, text: String) -> Diagnostic {
        Diagnostic::error(code, text).at(self.span)
    }

    fn invalid(&self, reason: &str) -> Diagnostic {
        invalid(self.span, &format!("the directive `{}`: {reason}", self.key))
    }

    fn unknown(&self, known: &[&str]) -> Diagnostic {
        let text = format!("there is no directive `{}`", self.key);
        let problem = self.problem(&codes::dockerfile::UNKNOWN_DIRECTIVE, text);
        match suggest::nearest(self.key, known.iter().copied()) {
            Some(near) => problem.help(format!("did you mean `{near}`?")),
            None => problem.help(format!("the directives here are {}", known.join(", "))),
        }
    }
}

fn invalid(span: Span, text: &str) -> Diagnostic {
    Diagnostic::error(&codes::dockerfile::INVALID_DIRECTIVE, text).at(span)
}

/// The words of a line that is a directive; `start` is where the line starts.
fn words(line: &str, start: usize) -> Vec<Word<'_>> {
    const NAME: &str = "strake:";
    let comment = line.trim_start_matches('\u{feff}').trim_start().trim_start_matches('#');
    let Some(directives) = comment.trim_start().strip_prefix(NAME) else { return Vec::new() };
    let mut at = start + line.len() - directives.len();
    let mut words = Vec::new();
    for piece in directives.split_inclusive(char::is_whitespace) {
        let word = piece.trim_end();
        if !word.is_empty() {
            let (key, value) = match word.split_once('=') {
                Some((key, value)) => (key, Some(value)),
                None => (word, None),
            };
            words.push(Word { key, value, span: Span { start: at, end: at + word.len() } });
        }
        at += piece.len();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Directives, Vec<String>> {
        let file = SourceFile::new("Dockerfile", text);
        Directives::read(&file).map_err(|found| rendered(&file, &found))
    }

    fn rendered(file: &SourceFile, found: &[Diagnostic]) -> Vec<String> {
        let one = |found: &Diagnostic| {
            let place = found.primary.as_ref().map_or("", |label| file.slice(label.span));
            format!("{} at {}: {} ({place})", found.code.name, found.location(file), found.message)
        };
        found.iter().map(one).collect()
    }

    #[test]
    fn those_at_the_top_are_about_the_file() {
        let text = "\u{feff}# escape=`\r\n# strake: seed=a.test/b tags=x,y\r\n\r\n\
                    #strake:dockerfile=docker/dockerfile:1-labs\n  #  strake:  off=apt,uv  \nFROM x\n";
        let found = read(text).unwrap();
        assert_eq!(found.dockerfile.unwrap().value, "docker/dockerfile:1-labs");
        let images: Vec<String> =
            found.seed.unwrap().images.iter().map(|image| image.value.to_string()).collect();
        assert_eq!(images, ["a.test/b:x", "a.test/b:y"]);
        assert!(found.opt_out.has("apt") && found.opt_out.has("uv") && !found.opt_out.has("npm"));
        assert!(found.steps.is_empty());
        assert_eq!(read("# strake: off\nFROM x").unwrap().opt_out, OptOut::Everything);
    }

    #[test]
    fn those_below_are_about_the_next_instruction() {
        let text = "FROM x\n# strake: boundary=none uses=uv,apt\n\n# comment\n# strake: uid=7 gid=8\n\
                    RUN x\nRUN y\n# strake: off\nRUN <<EOF\n# strake: off=apt\nz\nEOF\n";
        let found = read(text).unwrap();
        assert_eq!(found.steps.keys().copied().collect::<Vec<_>>(), [6, 9, 11]);
        let step = found.step(6).unwrap();
        assert_eq!(step.boundary.as_ref().unwrap().value, Boundary::None);
        let uses: Vec<&str> =
            step.uses.iter().flat_map(|uses| &uses.value).map(|preset| preset.name).collect();
        assert_eq!((uses.as_slice(), step.uid, step.gid), (&["uv", "apt"][..], Some(7), Some(8)));
        assert_eq!(found.step(9).unwrap().opt_out, OptOut::Everything);
        assert_eq!(found.step(7), None);
    }

    #[test]
    fn comments_that_are_none_of_ours() {
        for text in ["# strakes: off", "# my strake: off", "# strake off", "#", "# strake:"] {
            assert_eq!(
                read(&format!("{text}\nFROM x\n")).unwrap(),
                Directives::default(),
                "{text}"
            );
        }
        assert_eq!(read("").unwrap(), Directives::default());
        assert_eq!(read("# strake: off").unwrap(), Directives::default());
    }

    #[test]
    fn what_is_wrong_at_the_top_is_an_error() {
        let found =
            read("# strake: of seed= boundary=mount off=aptt\n# strake: x\nFROM x").unwrap_err();
        assert_eq!(
            found,
            [
                "unknown-directive at Dockerfile:1:11: there is no directive `of` (of)",
                "invalid-directive at Dockerfile:1:14: the directive `seed`: it needs a value (seed=)",
                "misplaced-directive at Dockerfile:1:20: `boundary` is for an instruction: put it \
                 right above one (boundary=mount)",
                "invalid-directive at Dockerfile:1:35: the directive `off`: there is no preset \
                 `aptt`: did you mean `apt`? (off=aptt)",
                "unknown-directive at Dockerfile:2:11: there is no directive `x` (x)",
            ]
        );
    }

    #[test]
    fn what_is_wrong_below_is_kept_with_the_step() {
        let text =
            "FROM x\n# strake: boundary=registri uses=uvv uid=me dockerfile=x whatever\nRUN x\n";
        let file = SourceFile::new("Dockerfile", text);
        let found = Directives::read(&file).unwrap();
        let names: Vec<String> = rendered(&file, &found.step(3).unwrap().problems);
        let codes: Vec<&str> = names.iter().filter_map(|name| name.split(' ').next()).collect();
        let invalid = "invalid-directive";
        assert_eq!(
            codes,
            [invalid, invalid, invalid, "misplaced-directive", "unknown-directive"],
            "{names:#?}"
        );
    }
}
