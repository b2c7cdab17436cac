//! One layer: its actions become operations, each with the layer's modifiers.

use super::budget::{self, Budget};
use super::stage::StageState;
use super::{
    OpKind, PlanInput, PlannedLayer, PlannedOp, boundary, exec::ExecPlanner, files, parents, title,
};
use crate::diagnostics::Diagnostic;
use crate::manifest::model::{Action, CommandAction, FilesAction, Layer, Step};
use crate::paths;
use crate::platform::Platform;
use crate::source::Span;

pub(super) struct LayerPlanner<'a> {
    input: PlanInput<'a>,
    platform: &'a Platform,
    stage: &'a StageState,
    budget: &'a Budget,
    pub(super) problems: Vec<Diagnostic>,
}

impl<'a> LayerPlanner<'a> {
    pub(super) fn new(
        input: PlanInput<'a>,
        platform: &'a Platform,
        stage: &'a StageState,
        budget: &'a Budget,
    ) -> Self {
        LayerPlanner { input, platform, stage, budget, problems: Vec::new() }
    }

    pub(super) fn plan(&mut self, layer: &Layer) -> PlannedLayer {
        let boundary = boundary::of(layer);
        let token = boundary::token(layer, boundary.kind, self.input.nonce);
        let mut ops: Vec<PlannedOp> = Vec::new();
        for step in &layer.steps {
            for (title, kind) in self.step(layer, step, token.as_deref()) {
                let op = PlannedOp { title, spans: vec![step.span], kind };
                // The user of a command may be one whom the files before it bring.
                match step.action {
                    Action::Command(_) => ops.push(op),
                    Action::Files(_) => push(&mut ops, op),
                }
            }
        }
        let name = layer.name.as_ref().map_or(String::new(), |name| name.value.clone());
        for op in &mut ops {
            if let (OpKind::Files(actions) | OpKind::Linked(actions), Some(token)) =
                (&mut op.kind, &token)
            {
                actions.push(boundary::nothing(token));
            }
        }
        PlannedLayer { name, ops, boundary, span: layer.span }
    }

    fn step(&mut self, layer: &Layer, step: &Step, token: Option<&str>) -> Vec<(String, OpKind)> {
        if self.budget.is_spent() {
            return Vec::new();
        }
        match &step.action {
            Action::Command(action) => self.command(layer, action, step.span, token),
            Action::Files(action) => self.files(layer, action, step.span),
        }
    }

    fn command(
        &mut self,
        layer: &Layer,
        action: &CommandAction,
        span: Span,
        token: Option<&str>,
    ) -> Vec<(String, OpKind)> {
        let mut planner = ExecPlanner::new(self.input, self.platform, self.stage, layer);
        let exec = planner.plan(action, token);
        self.problems.append(&mut planner.problems);
        let Some(exec) = exec else { return Vec::new() };
        self.problems.extend(self.budget.take(budget::of_exec(&exec), span).err());
        let above = parents::above(&exec, &self.stage.workdir);
        above
            .into_iter()
            .chain([(title::of_command(action), OpKind::Exec(Box::new(exec)))])
            .collect()
    }

    fn files(&mut self, layer: &Layer, action: &FilesAction, span: Span) -> Vec<(String, OpKind)> {
        if let Err(problem) = self.budget.take(budget::of_files(action), span) {
            self.problems.push(problem);
            return Vec::new();
        }
        let workdir = layer.workdir.as_ref().map_or_else(
            || self.stage.workdir.clone(),
            |own| paths::join(&self.stage.workdir, &own.value),
        );
        let planner = files::FilePlanner {
            names: self.input.names,
            platform: self.platform,
            workdir: &workdir,
        };
        let title = title::of_files(action);
        match planner.plan(action) {
            Ok(actions) if files::is_linked(action) => vec![(title, OpKind::Linked(actions))],
            Ok(actions) => vec![(title, OpKind::Files(actions))],
            Err(problem) => {
                self.problems.push(problem);
                Vec::new()
            }
        }
    }
}

/// File operations in a row are one operation: one vertex, one layer of the image.
fn push(ops: &mut Vec<PlannedOp>, op: PlannedOp) {
    if let Some(last) = ops.last_mut()
        && let OpKind::Files(before) = &mut last.kind
        && let OpKind::Files(more) = &op.kind
    {
        before.extend(more.iter().cloned());
        last.title = format!("{}, {}", last.title, op.title);
        last.spans.extend(op.spans);
        return;
    }
    ops.push(op);
}
