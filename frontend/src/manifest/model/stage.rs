//! Stages and their layers.

use std::collections::BTreeMap;

use strake_llb::NetMode;

use super::{Action, Bind, EnvVar, ImageConfig, Secret, Ssh, Tmpfs};
use crate::platform::Platform;
use crate::presets::Boundary;
use crate::source::{Span, Spanned};

#[derive(Debug, Clone)]
pub struct Stage {
    pub name: Spanned<String>,
    /// What it starts from.
    pub base: StageBase,
    /// Platform it is built for, if not the target's.
    pub platform: Option<Spanned<Platform>>,
    /// Working directory, of steps and image.
    pub workdir: Option<Spanned<String>>,
    /// User, of steps and image.
    pub user: Option<Spanned<String>>,
    /// Environment, of steps and image.
    pub env: Vec<EnvVar>,
    /// Shell of scripts: the vector that the script is appended to.
    pub shell: Option<Vec<String>>,
    /// Built when no target is named.
    pub default: bool,
    /// What `targets` and `outline` say about it.
    pub help: Option<String>,
    /// Layers, top to bottom.
    pub layers: Vec<Layer>,
    pub image: ImageConfig,
    /// The header of the table.
    pub span: Span,
}

/// What a stage starts from.
#[derive(Debug, Clone)]
pub enum StageBase {
    /// `from`: a stage, a named context, an image or `scratch`; which, is decided when it is known
    /// which contexts there are.
    From(Spanned<String>),
    /// `dockerfile = { file, target, args }`.
    Dockerfile {
        /// Path in the main context.
        file: Spanned<String>,
        /// Target in that file.
        target: Option<Spanned<String>>,
        args: BTreeMap<String, Spanned<String>>,
        /// The place of the whole value.
        span: Span,
    },
}

/// One layer: an action, or several steps, and its modifiers.
#[derive(Debug, Clone)]
pub struct Layer {
    /// What to show in the progress.
    pub name: Option<Spanned<String>>,
    /// Whether `when` holds; true where there is none.
    pub active: bool,
    /// Whether its result is exportable; by default, by what the layer uses.
    pub boundary: Option<Spanned<Boundary>>,
    /// Token that runs the layer again when it changes; an empty one is none.
    pub epoch: Option<Spanned<String>>,
    /// Actions in order; each has the modifiers of the layer.
    pub steps: Vec<Step>,
    /// Cache mounts, by name.
    pub uses: Vec<Spanned<String>>,
    /// Files of the context that the steps see, read-only, at the working directory.
    pub inputs: Vec<Spanned<String>>,
    pub secrets: Vec<Secret>,
    pub ssh: Vec<Ssh>,
    pub tmpfs: Vec<Tmpfs>,
    pub binds: Vec<Bind>,
    /// The build's network where none is given.
    pub network: Option<Spanned<NetMode>>,
    /// Where `security = "insecure"` is written; none without it.
    pub insecure: Option<Span>,
    /// Environment of this layer alone.
    pub env: Vec<EnvVar>,
    /// User of this layer alone.
    pub user: Option<Spanned<String>>,
    /// Working directory of this layer alone.
    pub workdir: Option<Spanned<String>>,
    /// Shell of this layer alone.
    pub shell: Option<Vec<String>>,
    /// The place of the whole table.
    pub span: Span,
}

impl Layer {
    /// The caches that it uses: those that it names, then those that its package managers bring along.
    pub fn caches(&self) -> impl Iterator<Item = Spanned<String>> {
        let brought = self.steps.iter().filter_map(|step| match &step.action {
            Action::Command(action) => Some(Spanned::new(action.preset()?.to_owned(), step.span)),
            Action::Files(_) => None,
        });
        self.uses.iter().cloned().chain(brought)
    }
}

/// One action and the place of its value.
#[derive(Debug, Clone)]
pub struct Step {
    pub action: Action,
    /// Key and value, for error excerpts.
    pub span: Span,
}
