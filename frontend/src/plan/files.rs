//! File operations: `copy`, `fetch`, `write`, `mkdir`, `symlink`, `remove`.

use std::collections::BTreeSet;

use super::{CopyAction, CopySource, FileAction};
use crate::diagnostics::{Diagnostic, codes};
use crate::git_url::GitUrl;
use crate::manifest::model::{Copy, FetchGit, FetchUrl, FilesAction, Mode, Remove};
use crate::paths;
use crate::platform::Platform;
use crate::select::{Names, SourceRef};
use crate::source::{Span, Spanned};

/// The mode of directories by default.
pub(super) const DIRECTORY: u32 = 0o755;

/// Whether a file that is made with a mode does not have it: the daemon's umask takes away what lets
/// others write, and the bits beyond permissions are not heeded.
pub(crate) fn needs_chmod(mode: u32) -> bool {
    mode & 0o7022 != 0
}

/// Whether the action's files are laid down on their own and merged over the stage.
pub(super) fn is_linked(action: &FilesAction) -> bool {
    matches!(action, FilesAction::Copy(Copy { link: true, .. }))
}

pub(super) struct FilePlanner<'a> {
    pub(super) names: &'a Names<'a>,
    pub(super) platform: &'a Platform,
    pub(super) workdir: &'a str,
}

impl FilePlanner<'_> {
    pub(super) fn plan(&self, action: &FilesAction) -> Result<Vec<FileAction>, Diagnostic> {
        Ok(match action {
            FilesAction::Copy(copy) => self.copy(copy)?,
            FilesAction::FetchUrl(fetch) => self.fetch_url(fetch),
            FilesAction::FetchGit(fetch) => self.fetch_git(fetch)?,
            FilesAction::Write(write) => {
                let (path, owner) = (self.path(&write.path), text(write.owner.as_ref()));
                let mode = bits(write.mode.as_ref(), 0o644);
                let content = write.content.value.clone().into_bytes();
                let above = directory_above(&path, owner.clone()).filter(|_| needs_chmod(mode));
                above
                    .into_iter()
                    .chain([FileAction::Write { path, content, mode, owner }])
                    .collect()
            }
            FilesAction::Mkdir(mkdir) => {
                let (path, owner) = (self.path(&mkdir.path), text(mkdir.owner.as_ref()));
                let mode = bits(mkdir.mode.as_ref(), DIRECTORY);
                // What is said holds for a directory that is there already, too.
                let exact = mkdir.mode.is_some() || mkdir.owner.is_some();
                let above = directory_above(&path, owner.clone()).filter(|_| exact);
                above.into_iter().chain([FileAction::Mkdir { path, mode, owner, exact }]).collect()
            }
            FilesAction::Symlink(link) => {
                let (path, to) = (self.path(&link.path), link.to.value.clone());
                let above = directory_above(&path, None);
                above.into_iter().chain([FileAction::Symlink { path, to }]).collect()
            }
            FilesAction::Remove(remove) => self.remove(remove),
        })
    }

    fn path(&self, path: &Spanned<String>) -> String {
        paths::join(self.workdir, &path.value)
    }

    fn copy(&self, copy: &Copy) -> Result<Vec<FileAction>, Diagnostic> {
        if let Some(owner) = copy.owner.as_ref().filter(|_| copy.link) {
            numeric_owner(owner)?;
        }
        let source_ref = match &copy.from {
            Some(from) => self.names.source_ref(from, self.platform, None)?,
            None => SourceRef::MainContext,
        };
        let mut dest = paths::destination(self.workdir, &copy.dest.value);
        if copy.src.len() > 1 && !dest.ends_with('/') {
            dest.push('/');
        }
        let one = |src: &Spanned<String>| {
            let span = src.span;
            let (src, include, required) = pick(&src.value, copy.parents);
            FileAction::Copy(Box::new(CopyAction {
                from: CopySource::Ref(source_ref.clone()),
                src,
                dest: dest.clone(),
                owner: text(copy.owner.as_ref()),
                mode: copy.mode.as_ref().map(|mode| mode.value.clone()),
                exclude: copy.exclude.iter().map(|pattern| pattern.value.clone()).collect(),
                include,
                required,
                unpack: false,
                span,
            }))
        };
        let above = above_copy(copy.mode.as_ref(), copy.owner.as_ref(), &dest, copy.link);
        Ok(above.into_iter().chain(copy.src.iter().map(one)).collect())
    }

    fn fetch_url(&self, fetch: &FetchUrl) -> Vec<FileAction> {
        let path = fetch.url.value.split(['?', '#']).next().unwrap_or_default();
        let path = path.split_once("://").map_or(path, |(_, rest)| rest);
        let path = path.split_once('/').map_or("", |(_, path)| path);
        let filename = paths::file_name(path).unwrap_or("download").to_owned();
        let checksum = fetch.checksum.as_ref().map(|sum| sum.value.clone());
        self.fetch(
            CopySource::Url { url: fetch.url.value.clone(), checksum, filename: filename.clone() },
            format!("/{filename}"),
            (&fetch.dest, fetch.url.span),
            (fetch.owner.as_ref(), fetch.mode.as_ref(), fetch.unpack),
        )
    }

    fn fetch_git(&self, fetch: &FetchGit) -> Result<Vec<FileAction>, Diagnostic> {
        let mut url = repository(&fetch.git)?;
        if let Some(reference) = &fetch.reference {
            url.reference.clone_from(&reference.value);
        }
        if let Some(subdir) = &fetch.subdir {
            url.subdir.clone_from(&subdir.value);
        }
        if let Some(checksum) = &fetch.checksum {
            url.checksum = Some(checksum.value.clone());
        }
        if fetch.keep_git_dir {
            url.keep_git_dir = Some(true);
        }
        let owner_and_mode = (fetch.owner.as_ref(), fetch.mode.as_ref(), false);
        let from = CopySource::Git(Box::new(url));
        Ok(self.fetch(from, "/".to_owned(), (&fetch.dest, fetch.git.span), owner_and_mode))
    }

    fn fetch(
        &self,
        from: CopySource,
        src: String,
        (dest, span): (&Spanned<String>, Span),
        (owner, mode, unpack): (Option<&Spanned<String>>, Option<&Spanned<Mode>>, bool),
    ) -> Vec<FileAction> {
        let dest = paths::destination(self.workdir, &dest.value);
        let above = above_copy(mode, owner, &dest, false);
        let copy = FileAction::Copy(Box::new(CopyAction {
            from,
            src,
            dest,
            owner: text(owner),
            mode: mode.map(|mode| mode.value.clone()),
            exclude: Vec::new(),
            include: Vec::new(),
            required: Vec::new(),
            unpack,
            span,
        }));
        above.into_iter().chain([copy]).collect()
    }

    fn remove(&self, remove: &Remove) -> Vec<FileAction> {
        let allow_missing = !remove.must_exist;
        let one = |path| FileAction::Remove { path: self.path(path), allow_missing };
        remove.paths.iter().map(one).collect()
    }
}

/// Makes what is missing above a path, which BuildKit would miss, or make with the mode of what
/// comes there.
fn directory_above(path: &str, owner: Option<String>) -> Option<FileAction> {
    let path = paths::parent(path)?.to_owned();
    Some(FileAction::Mkdir { path, mode: DIRECTORY, owner, exact: false })
}

/// Makes the directories that BuildKit would make for a copy with the mode of the copied files:
/// nobody but root could look into the directory of a file of mode 0644. Directories that a linked
/// copy makes replace those of the stage, which are most likely what such directories usually are:
/// root's.
fn above_copy(
    mode: Option<&Spanned<Mode>>,
    owner: Option<&Spanned<String>>,
    dest: &str,
    linked: bool,
) -> Vec<FileAction> {
    let bits = match mode.map(|mode| &mode.value) {
        Some(Mode::Bits(bits)) if !linked => *bits,
        Some(Mode::Bits(_)) => DIRECTORY,
        _ if linked && owner.is_some() => DIRECTORY,
        _ => return Vec::new(),
    };
    let directory = dest.strip_suffix('/').filter(|path| !path.is_empty()).map(|path| {
        // Who may read may look for names, too.
        let mode = bits & 0o777 | (bits & 0o444) >> 2;
        FileAction::Mkdir { path: path.to_owned(), mode, owner: text(owner), exact: false }
    });
    let above = directory_above(dest, text(owner).filter(|_| !linked));
    above.into_iter().chain(directory).collect()
}

/// The path to copy, the patterns that pick files below it, and those that must be there. A copy
/// that keeps parent directories takes the root of the source (or what stands before `/./`) and
/// picks by pattern, as the Dockerfile frontend does it.
fn pick(src: &str, parents: bool) -> (String, Vec<String>, Vec<String>) {
    if !parents {
        let directory = if src.ends_with('/') && src.len() > 1 { "/" } else { "" };
        return (format!("{}{directory}", paths::join("/", src)), Vec::new(), Vec::new());
    }
    let (base, pattern) = src.split_once("/./").unwrap_or(("/", src));
    let base = paths::join("/", base);
    let pattern = paths::join("/", pattern);
    let wild = paths::has_wildcards(&base) || paths::has_wildcards(&pattern);
    let required = (!wild).then(|| paths::join(&base, pattern.trim_start_matches('/')));
    (base, vec![pattern.trim_start_matches('/').to_owned()], required.into_iter().collect())
}

/// Any URL that git understands: here it need not end in `.git` to be told from an archive.
fn repository(url: &Spanned<String>) -> Result<GitUrl, Diagnostic> {
    const SUFFIX: &str = ".git";
    let read = GitUrl::detect(&url.value).or_else(|| {
        let mut read = GitUrl::detect(&format!("{}{SUFFIX}", url.value))?;
        if let Ok(read) = &mut read {
            read.remote.truncate(read.remote.len() - SUFFIX.len());
            read.path.truncate(read.path.len() - SUFFIX.len());
        }
        Some(read)
    });
    let why = match read {
        Some(Ok(read)) => return Ok(read),
        Some(Err(error)) => error.to_string(),
        None => "it is not a repository URL".to_owned(),
    };
    let text = format!("`{}` can't be fetched with git: {why}", url.value);
    Err(Diagnostic::error(&codes::INVALID_URL, text)
        .at(url.span)
        .help("write `https://HOST/PATH.git`, `ssh://...`, `git://...` or `git@HOST:PATH`"))
}

fn numeric_owner(owner: &Spanned<String>) -> Result<(), Diagnostic> {
    let names: BTreeSet<&str> =
        owner.value.split(':').filter(|part| part.parse::<u32>().is_err()).collect();
    if names.is_empty() {
        return Ok(());
    }
    let text = format!("`{}` can't be looked up in a linked copy", owner.value);
    Err(Diagnostic::error(&codes::graph::LINK_OWNER, text)
        .at(owner.span)
        .help("name the owner by number: `uid:gid`"))
}

fn bits(mode: Option<&Spanned<Mode>>, default: u32) -> u32 {
    match mode.map(|mode| &mode.value) {
        Some(Mode::Bits(bits)) => *bits,
        // The reader takes symbolic modes only where files are copied.
        Some(Mode::Symbolic(_)) | None => default,
    }
}

fn text(value: Option<&Spanned<String>>) -> Option<String> {
    value.map(|value| value.value.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parents_are_kept_from_the_pivot() {
        let (src, include, required) = pick("a/./b/c", true);
        assert_eq!(
            (src.as_str(), include, required),
            ("/a", vec!["b/c".into()], vec!["/a/b/c".into()])
        );
        let (src, include, required) = pick("x/**/*.toml", true);
        assert_eq!((src.as_str(), include, required), ("/", vec!["x/**/*.toml".into()], vec![]));
    }

    #[test]
    fn a_source_starts_at_the_root() {
        assert_eq!(pick(".", false).0, "/");
        assert_eq!(pick("./a/", false).0, "/a/");
    }
}
