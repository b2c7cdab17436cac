//! How what was found reaches the user: as a failed build with source excerpts, as warnings in the
//! progress, or as the answer to `--call=check`.

use strake_llb::Gather;

use strake_proto::errdefs::{Detail, FrontendCap, Subrequest};
use strake_proto::pb;

use super::excerpt;
use crate::context::{ContextError, Entry};
use crate::diagnostics::{self, Diagnostic, Severity, codes, lint as lint_report, source_details};
use crate::gateway::{Failure, Gateway, SolveResult, Warning};
use crate::manifest::shorten;
use crate::options::Options;
use crate::source::{SourceFile, Span};
use crate::subrequests;

/// What strake can do of what clients ask for by `frontend.caps`.
const CAPS: [&str; 4] = [
    "moby.buildkit.frontend.inputs",
    "moby.buildkit.frontend.subrequests",
    "moby.buildkit.frontend.contexts",
    "moby.buildkit.frontend.gitquerystring",
];

/// As many problems are shown; nobody reads the thousandth.
const SHOWN: usize = 50;

/// Why there is no graph.
pub(super) enum Problems {
    /// What the user can fix.
    Diagnostics(Vec<Diagnostic>),
    Failure(Failure),
}

impl Problems {
    pub(super) fn failure(self, file: &SourceFile) -> Failure {
        match self {
            Problems::Diagnostics(problems) => failure(file, &problems),
            Problems::Failure(failure) => failure,
        }
    }
}

/// A failed build, with an excerpt for each place.
pub(super) fn failure(file: &SourceFile, problems: &[Diagnostic]) -> Failure {
    let mut problems = problems.to_vec();
    diagnostics::sort(&mut problems);
    // Errors come first: warnings are not what the build failed for.
    problems.sort_by_key(|found| std::cmp::Reverse(found.severity));
    let left_out = problems.len().saturating_sub(SHOWN);
    if left_out > 0 {
        problems.truncate(SHOWN);
        let message = format!("and {left_out} more problems");
        problems.push(Diagnostic::error(&codes::MORE_PROBLEMS, message));
    }
    let failure = Failure::new(source_details::message(file, &problems));
    excerpt::add(failure, source_details::details(file, &problems))
}

/// A failed build whose problems are in no file: they are about options.
pub(super) fn without_file(problems: &[Diagnostic]) -> Failure {
    failure(&SourceFile::new("", ""), problems)
}

/// The manifest as text. What is no UTF-8 is shown with the byte that is to blame.
pub(super) fn source_file(entry: &Entry) -> Result<SourceFile, Failure> {
    let error = match std::str::from_utf8(&entry.text) {
        Ok(text) => return Ok(SourceFile::manifest(&entry.filename, text)),
        Err(error) => error,
    };
    let good = String::from_utf8_lossy(&entry.text[..error.valid_up_to()]);
    let file = SourceFile::manifest(&entry.filename, &good);
    let at = file.text().len();
    let problem = Diagnostic::error(&codes::TOML_SYNTAX, "the manifest is not UTF-8 text")
        .at(Span { start: at, end: at })
        .help("save the file as UTF-8; `file strake.toml` shows its encoding");
    Err(failure(&file, &[problem]))
}

/// A failed build of a file that begins as nothing that is known.
pub(super) fn unknown_file(name: &str) -> Failure {
    let text = format!("`{name}` is neither a manifest nor a Dockerfile");
    let problem = Diagnostic::error(&codes::dockerfile::UNKNOWN_FILE, text)
        .help("a manifest begins with a table or a key: `[stage.app]`")
        .help("a Dockerfile begins with an instruction: `FROM debian:bookworm-slim`");
    failure(&SourceFile::new(name, ""), &[problem])
}

pub(super) fn entry(error: ContextError) -> Failure {
    Failure::from(anyhow::Error::new(error))
}

pub(super) fn answer(error: &serde_json::Error) -> Failure {
    Failure::new(format!("the answer can't be written: {error}"))
}

pub(super) fn unknown_call(request: &str) -> Failure {
    let name = request.trim_start_matches("frontend.");
    // Clients know it by the detail. A code other than the usual one would stand before the message.
    let message =
        format!("there is no call `{name}`: strake answers {}", subrequests::list().join(", "));
    Failure::new(message)
        .detail(Detail::Subrequest(Subrequest { name: request.to_owned() }).to_any())
}

/// The client may ask for a frontend that can do something; a missing ability is told in a form that
/// it understands.
pub(super) fn check_required_caps(options: &Options) -> Result<(), Failure> {
    let missing = options.required_caps.iter().find(|cap| !CAPS.contains(&cap.name.as_str()));
    match missing {
        None => Ok(()),
        Some(cap) => Err(Failure::new(format!("strake does not support `{}`", cap.name))
            .detail(Detail::FrontendCap(FrontendCap { name: cap.name.clone() }).to_any())),
    }
}

/// What is wrong with a `SOURCE_DATE_EPOCH` that is no number, for a manifest. What else it may be for a
/// Dockerfile, its frontend knows.
pub(super) fn no_date(options: &Options) -> Option<Diagnostic> {
    let of = options.epoch_of.as_deref().filter(|of| *of != "context")?;
    let text = format!(
        "build argument `SOURCE_DATE_EPOCH`: `{}` is neither a number of seconds since 1970 nor `context`",
        shorten(of)
    );
    Some(Diagnostic::error(&codes::options::NUMBER, text))
}

/// Whether a build does without what is wrong with an option.
pub(super) fn is_ignored(problem: &Diagnostic) -> bool {
    problem.code == &codes::options::SEED
}

/// The problems of options that a build does without, as warnings.
pub(super) fn ignored(problems: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let warning = |problem: Diagnostic| Diagnostic { severity: Severity::Warning, ..problem };
    problems.into_iter().map(|problem| warning(problem).help("it is ignored")).collect()
}

/// Leaves out what `BUILDKIT_DOCKERFILE_CHECK` skips. Errors are never skipped.
pub(super) fn reported(options: &Options, found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let check = &options.check;
    let skipped = |found: &Diagnostic| {
        check.skip_all || check.skip.iter().any(|name| name.eq_ignore_ascii_case(found.code.name))
    };
    let keep = |found: &Diagnostic| found.severity == Severity::Error || !skipped(found);
    found.into_iter().filter(keep).collect()
}

/// Warnings that `BUILDKIT_DOCKERFILE_CHECK` turns into errors.
pub(super) fn as_errors(warnings: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let error = |found| Diagnostic { severity: Severity::Error, ..found };
    let mut errors: Vec<Diagnostic> = warnings.into_iter().map(error).collect();
    if let Some(last) = errors.last_mut() {
        last.help.push("`BUILDKIT_DOCKERFILE_CHECK` makes warnings fail this build".into());
    }
    errors
}

/// Adds what is not there yet: each platform finds the same.
pub(super) fn add_new(all: &mut Vec<Diagnostic>, found: Vec<Diagnostic>) {
    for one in found {
        if !all.contains(&one) {
            all.push(one);
        }
    }
}

/// Shows warnings in the client's progress. A warning that can't be shown is no reason to fail.
pub(super) async fn warn<G: Gateway>(
    gateway: &G,
    entry: &Entry,
    file: &SourceFile,
    warnings: &[Diagnostic],
) {
    for found in warnings {
        let place = found.primary.as_ref().map(|label| source_details::range(file, label.span));
        let warning = Warning {
            vertex: entry.vertex.clone(),
            short: format!("{}: {}", found.code.name, found.message),
            detail: found.help.clone(),
            url: found.code.url(),
            source: Some(pb::SourceInfo {
                filename: file.name().to_owned(),
                data: file.text().into(),
                definition: None,
                language: file.language().to_owned(),
            }),
            ranges: place.into_iter().map(Into::into).collect(),
        };
        if let Err(error) = gateway.warn(warning).await {
            tracing::warn!(%error, "a warning could not be shown");
        }
    }
}

/// The answer to `--call=check`.
pub(super) fn lint(file: &SourceFile, found: &[Diagnostic]) -> Result<SolveResult, Failure> {
    let report = lint_report::report(file, found);
    let metadata = [
        ("result.json".to_owned(), report.json.into_bytes()),
        ("result.txt".to_owned(), report.text.into_bytes()),
        ("result.statuscode".to_owned(), report.status_code.to_string().into_bytes()),
    ];
    let metadata = metadata.into_iter().gather();
    Ok(subrequests::result(metadata))
}
