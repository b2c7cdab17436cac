//! The walk from the target to everything that it needs, without recursion: a manifest may chain
//! more stages than a stack has room for.

use std::collections::{BTreeMap, BTreeSet};

use super::{NameRef, Names, Paths, Product, Selection, SourceRef};
use crate::diagnostics::{Diagnostic, codes};
use crate::manifest::model::{
    Action, AptKey, CommandAction, FilesAction, Layer, Manifest, Run, Stage, StageBase,
};
use crate::options::Options;
use crate::paths;
use crate::platform::Platform;
use crate::source::{Span, Spanned};

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    Open,
    Done,
}

/// A stage on the way and the stages that it needs and that were not looked at yet, last first.
struct Frame {
    stage: usize,
    left: Vec<(usize, Span)>,
}

pub(super) struct Walk<'a> {
    manifest: &'a Manifest,
    names: Names<'a>,
    platform: &'a Platform,
    states: Vec<State>,
    problems: Vec<Diagnostic>,
    found: Selection,
    lenient: bool,
}

impl<'a> Walk<'a> {
    pub(super) fn new(
        manifest: &'a Manifest,
        options: &'a Options,
        platform: &'a Platform,
    ) -> Self {
        Walk {
            manifest,
            names: Names::new(manifest, options),
            platform,
            states: vec![State::New; manifest.stages.len()],
            problems: Vec::new(),
            found: Selection {
                platform: platform.clone(),
                stages: Vec::new(),
                remote: BTreeMap::new(),
                paths: BTreeMap::new(),
                scripts: BTreeMap::new(),
                input_patterns: BTreeMap::new(),
                scan: None,
                product: Product::Image,
            },
            lenient: false,
        }
    }

    /// Passes over names in which arguments are still to be filled in.
    pub(super) fn leniently(self) -> Self {
        Walk { lenient: true, ..self }
    }

    /// Everything that the target needs.
    pub(super) fn run(mut self, target: usize) -> Result<Selection, Vec<Diagnostic>> {
        self.walk(target);
        if self.problems.is_empty() { Ok(self.found) } else { Err(self.problems) }
    }

    /// The problems of all stages.
    pub(super) fn check(mut self) -> Vec<Diagnostic> {
        for stage in 0..self.states.len() {
            if self.states[stage] == State::New {
                self.walk(stage);
            }
        }
        self.problems
    }

    fn walk(&mut self, target: usize) {
        let mut way = vec![self.open(target)];
        while let Some(frame) = way.last_mut() {
            let Some((next, span)) = frame.left.pop() else {
                self.states[frame.stage] = State::Done;
                self.found.stages.push(frame.stage);
                way.pop();
                continue;
            };
            match self.states[next] {
                State::Done => {}
                State::Open => {
                    let problem = self.cycle(&way, next, span);
                    self.problems.push(problem);
                }
                State::New => {
                    let frame = self.open(next);
                    way.push(frame);
                }
            }
        }
    }

    fn open(&mut self, index: usize) -> Frame {
        self.states[index] = State::Open;
        let manifest = self.manifest;
        let stage = &manifest.stages[index];
        let platform = stage.platform.as_ref().map_or(self.platform, |own| &own.value);
        let mut needs = Vec::new();
        // A context with the name of the stage stands for the whole stage, layers and all.
        if let Some(context) = self.names.context(&stage.name.value, platform) {
            self.remote(context, &stage.name, "/");
        } else {
            self.base(index, stage, platform, &mut needs);
            for layer in stage.layers.iter().filter(|layer| layer.active) {
                self.layer(layer, platform, &mut needs);
            }
        }
        needs.reverse();
        Frame { stage: index, left: needs }
    }

    fn base(
        &mut self,
        index: usize,
        stage: &Stage,
        platform: &Platform,
        needs: &mut Vec<(usize, Span)>,
    ) {
        match &stage.base {
            StageBase::From(name) => {
                self.source_ref(name, platform, Some(index), "/", needs);
            }
            StageBase::Dockerfile { file, .. } => {
                let platform = platform.clone();
                self.remote(SourceRef::Dockerfile { stage: index, platform }, file, "/");
            }
        }
    }

    fn layer(&mut self, layer: &Layer, platform: &Platform, needs: &mut Vec<(usize, Span)>) {
        for input in &layer.inputs {
            self.remote(SourceRef::MainContext, input, &input.value);
            if paths::has_wildcards(&input.value) {
                let first = NameRef { name: input.value.clone(), span: input.span };
                self.found.input_patterns.entry(input.value.clone()).or_insert(first);
            }
        }
        for bind in &layer.binds {
            let path = bind.src.as_ref().map_or("/", |src| &src.value);
            match &bind.from {
                Some(from) => self.source_ref(from, platform, None, path, needs),
                None => self.remote(SourceRef::MainContext, &bind.target, path),
            }
        }
        for step in &layer.steps {
            match &step.action {
                Action::Command(action) => self.command(action),
                Action::Files(FilesAction::Copy(copy)) => {
                    for src in &copy.src {
                        match &copy.from {
                            Some(from) => self.source_ref(from, platform, None, &src.value, needs),
                            None => self.remote(SourceRef::MainContext, src, &src.value),
                        }
                    }
                }
                Action::Files(
                    FilesAction::FetchUrl(_)
                    | FilesAction::FetchGit(_)
                    | FilesAction::Write(_)
                    | FilesAction::Mkdir(_)
                    | FilesAction::Symlink(_)
                    | FilesAction::Remove(_),
                ) => {}
            }
        }
    }

    /// Files of the context that a command is made of.
    fn command(&mut self, action: &CommandAction) {
        match action {
            CommandAction::Run(Run::File { file, .. }) => {
                let first = NameRef { name: file.value.clone(), span: file.span };
                self.found.scripts.entry(file.value.clone()).or_insert(first);
            }
            CommandAction::Apt(apt) => {
                for key in apt.sources.iter().filter_map(|source| source.key.as_ref()) {
                    if let AptKey::Context(path) = key {
                        self.remote(SourceRef::MainContext, path, &path.value);
                    }
                }
            }
            CommandAction::Run(Run::Script(_) | Run::Argv(_))
            | CommandAction::Install(_)
            | CommandAction::Pip(_)
            | CommandAction::Uv(_) => {}
        }
    }

    fn source_ref(
        &mut self,
        name: &Spanned<String>,
        platform: &Platform,
        outside: Option<usize>,
        path: &str,
        needs: &mut Vec<(usize, Span)>,
    ) {
        match self.names.source_ref(name, platform, outside) {
            Ok(SourceRef::Stage(stage)) => needs.push((stage, name.span)),
            Ok(SourceRef::Scratch) => {}
            Ok(source_ref) => self.remote(source_ref, name, path),
            Err(_) if self.lenient && name.value.contains('$') => {}
            Err(problem) => self.problems.push(problem),
        }
    }

    fn remote(&mut self, source_ref: SourceRef, name: &Spanned<String>, path: &str) {
        let paths = self.found.paths.entry(source_ref.clone());
        paths.or_insert_with(|| Paths::Some(BTreeSet::new())).add(path);
        let first = NameRef { name: name.value.clone(), span: name.span };
        self.found.remote.entry(source_ref).or_insert(first);
    }

    fn cycle(&self, way: &[Frame], back_to: usize, span: Span) -> Diagnostic {
        let name = |stage: usize| self.manifest.stages[stage].name.value.as_str();
        let cycle = way.iter().map(|frame| frame.stage).skip_while(|stage| *stage != back_to);
        let mut names: Vec<&str> = cycle.map(name).collect();
        names.push(name(back_to));
        let text =
            format!("stages depend on each other in a cycle: {}", super::list(&names, " -> "));
        Diagnostic::error(&codes::graph::STAGE_CYCLE, text)
            .at(span)
            .and_at(self.manifest.stages[back_to].name.span, "this stage needs itself")
            .help("move the common part into a stage of its own")
    }
}
