//! The scan of stages and of the context for an SBOM.

use strake_llb::{ExecOp, Mount, Output};

use super::{Lowering, Purpose};
use crate::plan::PlannedScan;
use crate::select::SourceRef;

impl Lowering<'_> {
    /// The directory that the scanner fills in.
    pub(super) fn scan(&mut self, scan: &PlannedScan, image: Option<Output>) -> Option<Output> {
        let scanner = self.source(&scan.scanner, &Purpose::default());
        let mut op = ExecOp::new(scan.args.iter().cloned()).cwd(scan.cwd.clone());
        for line in &scan.env {
            let (name, value) = line.split_once('=').unwrap_or((line, ""));
            op = op.env(name, value);
        }
        if let SourceRef::Image { platform, .. } = &scan.scanner {
            op = op.platform(platform.into());
        }
        op = op
            .mount(Mount::root(scanner))
            .mount(Mount::tmpfs("/tmp"))
            .mount(Mount::bind(scan.source.clone(), image).readonly())
            .mount(Mount::scratch(scan.destination.clone()));
        for (target, from) in &scan.extras {
            let files = self.source(from, &Purpose::default());
            op = op.mount(Mount::bind(target.clone(), files).readonly());
        }
        let vertex = self.graph.add(op);
        let metadata = self.graph.metadata_mut(vertex);
        metadata.custom_name(scan.title.clone());
        metadata.ignore_cache = self.input.plan.target().is_some_and(|target| target.no_cache);
        self.graph.mount_output(vertex, &scan.destination)
    }
}
