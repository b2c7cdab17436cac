//! Entries of a tree made in a directory, with their content from another: what a mount is filled
//! with and a seed is written with.

use std::path::{Path, PathBuf};

use rustix::io::Errno;

use super::copy::{self, Broken, Layout};
use super::failure::{Code, Failure};
use super::restore::Restorer;
use super::tree::{Content, Kind, Node, Paths, Tree};
use super::{parallel, sys};

/// How many entries of one directory are made in a row.
const BATCH: usize = 64;

/// Where entries are made, and where the content of files comes from.
pub(super) struct Maker<'a> {
    pub(super) tree: &'a Tree,
    /// Paths of its nodes.
    pub(super) paths: Paths<'a>,
    /// Root of the content.
    pub(super) source: &'a Path,
    /// How files with holes lie there. In the target they lie the other way.
    pub(super) layout: Layout,
    /// Root of what is made.
    pub(super) target: PathBuf,
    pub(super) restorer: &'a Restorer,
}

/// Why a file was not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The source is not the file that the tree tells of, or not any more.
    Another,
    /// The source can't be read.
    Read(Errno),
    /// The target can't be written.
    Write(Errno),
}

impl From<Broken> for Trouble {
    fn from(broken: Broken) -> Self {
        match broken {
            Broken::Short => Trouble::Another,
            Broken::Read(errno) => Trouble::Read(errno),
            Broken::Write(errno) => Trouble::Write(errno),
        }
    }
}

impl Maker<'_> {
    /// Makes files, symbolic links, pipes and sockets, several at a time. Their directories are
    /// there. `troubled` decides about files that are not what they should be.
    ///
    /// # Errors
    /// Something can't be read or written, or `troubled` says that it is an error.
    pub(super) fn entries(
        &self,
        ids: &[usize],
        troubled: &(dyn Fn(usize) -> Result<(), Failure> + Sync),
    ) -> Result<(), Failure> {
        let batches: Vec<&[usize]> = ids
            .chunk_by(|one, next| self.paths.parent(*one) == self.paths.parent(*next))
            .flat_map(|siblings| siblings.chunks(BATCH))
            .collect();
        parallel::each(batches.len(), &|number| self.batch(batches[number], troubled))
    }

    fn batch(
        &self,
        ids: &[usize],
        troubled: &dyn Fn(usize) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let Some(first) = ids.first() else { return Ok(()) };
        let directory = self.paths.parent(*first);
        let target = sys::open_directory(&self.paths.under(&self.target, directory))?;
        // Where it is not there, what needs no source can still be made.
        let source = match sys::open_directory(&self.paths.under(self.source, directory)) {
            Err(failure) if failure.code == Code::Denied => return Err(failure),
            source => source,
        };
        for &id in ids {
            let node = &self.tree.nodes[id];
            let made = match (&node.kind, &source) {
                (Kind::File(content), Ok(source)) => self.file(node, content, source, &target),
                (Kind::File(_), Err(_)) => Err(Trouble::Another),
                _ => self.restorer.special(&target, node).map_err(Trouble::Write),
            };
            match made {
                Ok(()) => {}
                Err(Trouble::Another) => troubled(id)?,
                Err(Trouble::Read(errno)) => return Err(self.failure("read", id, errno)),
                Err(Trouble::Write(errno)) => return Err(self.failure("write", id, errno)),
            }
        }
        Ok(())
    }

    /// Makes a file. If its source is another than it should be, there is none afterwards.
    fn file(
        &self,
        node: &Node,
        content: &Content,
        source: &std::os::fd::OwnedFd,
        target: &std::os::fd::OwnedFd,
    ) -> Result<(), Trouble> {
        let from = match sys::open_file(source, &node.name) {
            Ok(from) => from,
            // Not there, or a symbolic link, or something that nobody serves.
            Err(Errno::NOENT | Errno::LOOP | Errno::NXIO) => return Err(Trouble::Another),
            Err(errno) => return Err(Trouble::Read(errno)),
        };
        let before = rustix::fs::fstat(&from).map_err(Trouble::Read)?;
        if !self.is_expected(&before, node, content) {
            return Err(Trouble::Another);
        }
        let to = sys::create_file(target, &node.name).map_err(Trouble::Write)?;
        let other = match self.layout {
            Layout::Spread => Layout::Packed,
            Layout::Packed => Layout::Spread,
        };
        let mut done =
            copy::copy(content, (&from, self.layout), (&to, other)).map_err(Trouble::from);
        let after = rustix::fs::fstat(&from).map_err(Trouble::Read)?;
        let change = |stat: &rustix::fs::Stat| (stat.st_size, stat.st_ctime, stat.st_ctime_nsec);
        if change(&before) != change(&after) {
            done = Err(Trouble::Another);
        }
        if done == Err(Trouble::Another) {
            let flags = rustix::fs::AtFlags::empty();
            rustix::fs::unlinkat(target, node.name.as_slice(), flags).map_err(Trouble::Write)?;
        }
        done?;
        self.restorer.open(&to, &node.meta).map_err(Trouble::Write)
    }

    /// Whether a file is the one of the tree. What a layer has carried tells its length alone.
    fn is_expected(&self, stat: &rustix::fs::Stat, node: &Node, content: &Content) -> bool {
        let size = u64::try_from(stat.st_size).unwrap_or(0);
        sys::file_type(stat).is_file()
            && match self.layout {
                Layout::Packed => size == content.stored(),
                Layout::Spread => size == content.size && sys::modified(stat) == node.meta.modified,
            }
    }

    /// Makes hard links. The files are there.
    ///
    /// # Errors
    /// One can't be made.
    pub(super) fn links(&self, ids: &[usize]) -> Result<(), Failure> {
        for &id in ids {
            let Kind::Link(file) = self.tree.nodes[id].kind else { continue };
            let [file, link] = [file, id].map(|id| self.paths.under(&self.target, id));
            rustix::fs::link(&file, &link).map_err(|errno| self.failure("link", id, errno))?;
        }
        Ok(())
    }

    /// Gives directories their metadata, the deepest first: their permissions may forbid to get to
    /// those inside.
    ///
    /// # Errors
    /// One can't be finished.
    pub(super) fn directories(&self, ids: &[usize]) -> Result<(), Failure> {
        for &id in ids.iter().rev() {
            let directory = sys::open_directory(&self.paths.under(&self.target, id))?;
            let finished = self.restorer.open(&directory, &self.tree.nodes[id].meta);
            finished.map_err(|errno| self.failure("finish", id, errno))?;
        }
        Ok(())
    }

    /// What could not be done with a node.
    pub(super) fn failure(&self, doing: &str, id: usize, errno: Errno) -> Failure {
        Failure::system(doing, &self.paths.path(id), errno)
    }
}
