//! One stage: what it inherits, what its keys change, its layers in order, and the image it makes.

use std::collections::BTreeMap;

use super::budget::{self, Budget};
use super::layer::LayerPlanner;
use super::{
    FileAction, OpKind, PlanInput, PlannedLayer, PlannedOp, PlannedStage, boundary, shell,
};
use crate::diagnostics::{Diagnostic, codes};
use crate::image::{DEFAULT_PATH, Env, Image};
use crate::manifest::model::{EnvVar, Stage, StageBase};
use crate::paths;
use crate::platform::Platform;
use crate::select::SourceRef;
use crate::source::{Span, Spanned};
use crate::time;

/// What a stage hands on to its layers and to the stages that start from it.
#[derive(Debug, Clone)]
pub(super) struct StageState {
    /// Environment of the steps.
    pub(super) env: Env,
    /// Working directory of the steps.
    pub(super) workdir: String,
    /// User of the steps; empty is root.
    pub(super) user: String,
    /// Shell of the scripts.
    pub(super) shell: Vec<String>,
    /// The image so far.
    pub(super) image: Image,
    /// The image at the very bottom.
    pub(super) base_image: Option<Image>,
    /// What the image at the very bottom is called.
    pub(super) base_name: String,
}

pub(super) struct StagePlanner<'a> {
    input: PlanInput<'a>,
    index: usize,
    stage: &'a Stage,
    platform: Platform,
    states: &'a BTreeMap<usize, StageState>,
    budget: &'a Budget,
    pub(super) problems: Vec<Diagnostic>,
    pub(super) warnings: Vec<Diagnostic>,
}

impl<'a> StagePlanner<'a> {
    pub(super) fn new(
        input: PlanInput<'a>,
        index: usize,
        states: &'a BTreeMap<usize, StageState>,
        budget: &'a Budget,
    ) -> Self {
        let stage = &input.manifest.stages[index];
        let platform = stage.platform.as_ref().map(|platform| platform.value.clone());
        StagePlanner {
            input,
            index,
            stage,
            platform: platform.unwrap_or_else(|| input.selection.platform.clone()),
            states,
            budget,
            problems: Vec::new(),
            warnings: Vec::new(),
        }
    }

    pub(super) fn run(&mut self) -> (PlannedStage, StageState) {
        let (base, replaced) = self.base();
        let mut state = self.inherited(&base);
        let mut layers = Vec::new();
        if !replaced {
            layers.extend(self.settings(&mut state));
            let mut planner = LayerPlanner::new(self.input, &self.platform, &state, self.budget);
            for layer in self.stage.layers.iter().filter(|layer| layer.active) {
                layers.push(planner.plan(layer));
            }
            self.problems.append(&mut planner.problems);
            self.image(&mut state);
        }
        let size = budget::of_state(&state);
        self.problems.extend(self.budget.take(size, self.stage.span).err());
        let planned = PlannedStage {
            index: self.index,
            name: self.stage.name.value.clone(),
            platform: self.platform.clone(),
            base,
            span: self.base_span(),
            layers,
            annotations: self.stage.image.annotations.clone(),
            no_cache: super::is_no_cache(self.input.options, &self.stage.name.value),
        };
        (planned, state)
    }

    /// What the stage starts from, and whether a context stands for the whole stage.
    fn base(&mut self) -> (SourceRef, bool) {
        let names = self.input.names;
        if let Some(context) = names.context(&self.stage.name.value, &self.platform) {
            return (context, true);
        }
        match &self.stage.base {
            StageBase::Dockerfile { .. } => {
                let (stage, platform) = (self.index, self.platform.clone());
                (SourceRef::Dockerfile { stage, platform }, false)
            }
            StageBase::From(name) => match names.source_ref(name, &self.platform, Some(self.index))
            {
                Ok(source_ref) => (source_ref, false),
                Err(problem) => {
                    self.problems.push(problem);
                    (SourceRef::Scratch, false)
                }
            },
        }
    }

    fn base_span(&self) -> Span {
        match &self.stage.base {
            StageBase::From(name) => name.span,
            StageBase::Dockerfile { span, .. } => *span,
        }
    }

    fn inherited(&mut self, base: &SourceRef) -> StageState {
        if let SourceRef::Stage(stage) = base
            && let Some(state) = self.states.get(stage)
        {
            return state.clone();
        }
        let config = self.input.facts.image_config(base);
        let base_image = config.and_then(|config| self.base_image(config));
        let mut image = base_image.clone().unwrap_or_else(|| Image::empty(&self.platform));
        image.created = None;
        let mut env = Env::from_lines(image.config.env.as_deref().unwrap_or_default());
        env.set_default("PATH", DEFAULT_PATH);
        StageState {
            env,
            workdir: paths::join("/", image.config.working_dir.as_deref().unwrap_or("/")),
            user: image.config.user.clone().unwrap_or_default(),
            shell: image.config.shell.clone().unwrap_or_else(shell::default_shell),
            image,
            base_image,
            base_name: self.input.facts.name(base),
        }
    }

    fn base_image(&mut self, config: &[u8]) -> Option<Image> {
        let span = self.base_span();
        let image = match Image::parse(config) {
            Ok(image) => image,
            Err(error) => {
                let text = format!("the config of the base image can't be read: {error}");
                self.problems.push(Diagnostic::error(&codes::graph::IMAGE_CONFIG, text).at(span));
                return None;
            }
        };
        if image.config.on_build.as_ref().is_some_and(|triggers| !triggers.is_empty()) {
            let text = "the base image has ONBUILD triggers, which are not run";
            self.warnings.push(
                Diagnostic::warning(&codes::graph::IMAGE_TRIGGERS, text)
                    .at(span)
                    .help("write the steps as layers, or build the stage from a Dockerfile"),
            );
        }
        if let Some(platform) = image.platform()
            && (platform.os != self.platform.os
                || platform.architecture != self.platform.architecture)
        {
            let text = format!("the base image is for {platform}, not for {}", self.platform);
            self.warnings.push(Diagnostic::warning(&codes::graph::BASE_PLATFORM, text).at(span));
        }
        Some(image)
    }

    /// Lays the stage's own keys over what it inherits. A working directory is made and is the user's,
    /// as in a Dockerfile.
    fn settings(&mut self, state: &mut StageState) -> Option<PlannedLayer> {
        if let Some(shell) = &self.stage.shell {
            state.shell.clone_from(shell);
        }
        if let Some(user) = &self.stage.user {
            state.user.clone_from(&user.value);
            state.image.config.user = Some(user.value.clone());
        }
        let mut image_env = image_env(&state.image);
        for (name, value) in expand(&self.stage.env, &state.env, &mut self.problems) {
            state.env.set(&name, value.clone());
            image_env.set(&name, value);
        }
        image_env.set_default("PATH", DEFAULT_PATH);
        state.image.config.env = Some(image_env.to_lines());
        let workdir = self.stage.workdir.as_ref()?;
        state.workdir = paths::join(&state.workdir, &workdir.value);
        state.image.config.working_dir = Some(state.workdir.clone());
        (state.workdir != "/")
            .then(|| make_workdir(workdir, &state.workdir, self.known_user(state)))
    }

    /// The user, where it can be looked up at the top of the stage: a name that is new here may be of
    /// a user whom only a layer of the stage makes.
    fn known_user(&self, state: &StageState) -> Option<String> {
        let is_number = |part: &str| part.parse::<u32>().is_ok();
        let is_new = self.stage.user.is_some() && !state.user.split(':').all(is_number);
        (!state.user.is_empty() && !is_new).then(|| state.user.clone())
    }

    /// Lays the `image` table over what the stage inherits. The history is the whole plan's: a stage
    /// that kept its own would copy that of all stages below it.
    fn image(&mut self, state: &mut StageState) {
        let table = &self.stage.image;
        super::image_table::apply(&mut state.image, table);
        if let Some(user) = &table.user {
            state.image.config.user = Some(user.clone());
        }
        if let Some(workdir) = &table.workdir {
            let path = paths::join(&state.workdir, &workdir.value);
            state.image.config.working_dir = Some(path);
        }
        let mut image_env = image_env(&state.image);
        for (name, value) in expand(&table.env, &image_env.clone(), &mut self.problems) {
            image_env.set(&name, value);
        }
        state.image.config.env = Some(image_env.to_lines());
        state.image.created = self.input.options.source_date_epoch.map(time::rfc3339);
        state.image.set_platform(&self.platform);
    }
}

fn image_env(image: &Image) -> Env {
    Env::from_lines(image.config.env.as_deref().unwrap_or_default())
}

fn make_workdir(workdir: &Spanned<String>, path: &str, owner: Option<String>) -> PlannedLayer {
    let mkdir = FileAction::Mkdir { path: path.to_owned(), mode: 0o755, owner, exact: false };
    let op = PlannedOp {
        title: format!("workdir {path}"),
        spans: vec![workdir.span],
        kind: OpKind::Files(vec![mkdir]),
    };
    let boundary = boundary::exportable(workdir.span);
    PlannedLayer { name: String::new(), ops: vec![op], boundary, span: workdir.span }
}

/// Values of an `env` table, filled in from an environment: the one before the table, so that the
/// order within it does not matter.
pub(super) fn expand(
    table: &[EnvVar],
    env: &Env,
    problems: &mut Vec<Diagnostic>,
) -> Vec<(String, String)> {
    let mut values = Vec::new();
    for variable in table {
        match variable.value.value.expand(&|name| env.get(name).map(str::to_owned)) {
            Ok(value) => values.push((variable.name.value.clone(), value)),
            Err(error) => problems.push(
                Diagnostic::error(&codes::graph::UNKNOWN_VARIABLE, error.to_string())
                    .at(variable.value.span)
                    .help("declare it in `[arg]`, or give a default: `${NAME:-value}`"),
            ),
        }
    }
    values
}
