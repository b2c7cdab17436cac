//! The graph of the step that reads the client's files: all that is taken of them is put into one
//! directory, which strake's own program reads. Pure.

use std::collections::BTreeMap;

use strake_llb::{Copy, Decoded, Definition, FileOp, Graph, Mkdir, Mount, Output};

use super::{Taken, TakenFiles};
use crate::mounts::steps::{Program, StepError};

/// Where the step has the files.
const FILES: &str = "/files";

impl Program<'_> {
    /// A step that tells the digest of the files of each of `taken`, in their order.
    ///
    /// # Errors
    /// The definition is broken.
    pub fn digests(
        &self,
        definition: &Definition,
        decoded: &Decoded,
        taken: &[Taken<'_>],
    ) -> Result<Definition, StepError> {
        let mut graph = Graph::new();
        let mut sources = BTreeMap::new();
        let mut files = FileOp::new(None);
        for (number, Taken { source, files: selected, .. }) in taken.iter().enumerate() {
            if !sources.contains_key(source) {
                sources.insert(*source, graph.graft(&definition.cut(decoded, (*source, 0)))?);
            }
            // The program gives digests in the order of the names.
            let directory = format!("/{number:08}");
            files = files.mkdir(Mkdir::new(&directory, 0o755));
            for (number, one) in selected.iter().enumerate() {
                files = files.copy(one.copy(sources[source], &format!("{directory}/{number}")));
            }
        }
        let files = graph.add(files);
        graph.metadata_mut(files).custom_name("[fingerprint] gather what is taken of the contexts");
        let step = self.step(&mut graph, &["digest", FILES], None)?;
        let step = graph.add(step.mount(Mount::bind(FILES, files.output(0)).readonly()));
        graph.metadata_mut(step).custom_name("[fingerprint] read it");
        self.answer(&graph, step)
    }
}

/// Sets one of the ways in which a copy can go.
type Set = fn(Copy) -> Copy;

impl TakenFiles<'_> {
    /// A copy of the same files. What a copy makes of them otherwise is written in its operation.
    fn copy(&self, source: Option<Output>, directory: &str) -> Copy {
        let copied = match self {
            TakenFiles::Everything => Copy::new(source, "/", directory).dir_copy_contents(),
            TakenFiles::Mounted(path) => {
                Copy::new(source, path, directory).dir_copy_contents().follow_symlinks()
            }
            TakenFiles::Copied(copy) => {
                let place = format!("{directory}/{}", copy.dest.trim_start_matches('/'));
                let copied = Copy::new(source, &copy.src, place)
                    .include_patterns(&copy.include_patterns)
                    .exclude_patterns(&copy.exclude_patterns);
                let flags: [(bool, Set); 5] = [
                    (copy.allow_wildcard, Copy::wildcard),
                    (copy.allow_empty_wildcard, Copy::allow_empty_wildcard),
                    (copy.follow_symlink, Copy::follow_symlinks),
                    (copy.dir_copy_contents, Copy::dir_copy_contents),
                    (
                        copy.always_replace_existing_dest_paths,
                        Copy::always_replace_existing_dest_paths,
                    ),
                ];
                let set = flags.into_iter().filter(|(is_set, _)| *is_set);
                set.fold(copied, |copied, (_, set)| set(copied))
            }
        };
        copied.create_dest_path()
    }
}
