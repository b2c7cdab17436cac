//! `fetch`: a file from a URL, or a git repository.

use crate::diagnostics::codes;
use crate::manifest::model::{FetchGit, FetchUrl, FilesAction};
use crate::manifest::reader::{Table, Value};
use crate::manifest::values::{commit, context_path, digest, mode, owner, url};
use crate::source::Spanned;

pub(super) fn read(value: Value<'_>) -> Option<FilesAction> {
    let mut table = value.table()?;
    match (table.has("url"), table.has("git")) {
        (true, true) => {
            let (url, git) = (table.take("url")?, table.take("git")?);
            table.report_conflict(url, git);
            None
        }
        (_, false) => fetch_url(table).map(FilesAction::FetchUrl),
        (false, true) => fetch_git(table).map(FilesAction::FetchGit),
    }
}

fn fetch_url(mut table: Table<'_>) -> Option<FetchUrl> {
    let url = table.required("url", url);
    let checksum = table.optional("checksum", digest);
    let dest = table.required("dest", Value::text);
    let unpack = table.flag("unpack");
    let mode = table.optional("mode", mode);
    let owner = table.optional("owner", owner);
    table.finish_with(|key| {
        let git = ["ref", "subdir", "keep-git-dir"].contains(&key);
        git.then(|| "this goes with `git`, not with `url`".to_owned())
    });
    Some(FetchUrl { url: url?, checksum, dest: dest?, unpack, mode, owner })
}

fn fetch_git(mut table: Table<'_>) -> Option<FetchGit> {
    let git = table.required("git", repository);
    let reference = table.optional("ref", Value::text);
    let checksum = table.optional("checksum", commit);
    let subdir = table.optional("subdir", context_path);
    let keep_git_dir = table.flag("keep-git-dir");
    let dest = table.required("dest", Value::text);
    let mode = table.optional("mode", mode);
    let owner = table.optional("owner", owner);
    table.finish_with(|key| {
        (key == "unpack").then(|| "this goes with `url`, not with `git`".to_owned())
    });
    let (git, dest) = (git?, dest?);
    Some(FetchGit { git, reference, checksum, subdir, keep_git_dir, dest, mode, owner })
}

fn repository(value: Value<'_>) -> Option<Spanned<String>> {
    let git = value.text()?;
    if let Some((_, fragment)) = git.value.split_once('#') {
        let (reference, subdir) = fragment.split_once(':').unwrap_or((fragment, ""));
        let mut help = format!("write `ref = \"{reference}\"`");
        if !subdir.is_empty() {
            help.push_str(&format!(" and `subdir = \"{subdir}\"`"));
        }
        let message = "name the repository without `#`";
        value.report_with_help(&codes::INVALID_URL, message, help);
        return None;
    }
    Some(git)
}
