//! From the syntax tree to the commands, in the way that the shell would go. A branch that may not
//! be taken leaves what it changes unknown; each part of the tree is gone through once.

mod builtins;
mod call;
mod changes;
mod compound;
mod simple;
mod state;
mod wrappers;

use std::collections::BTreeMap;
use std::rc::Rc;

use super::command::{Command as Found, Runs};
use super::exec::Exec;
use super::parser::{self, SyntaxError};
use super::syntax::{Command, Connector, Item, List, Pipeline};
use super::text::Text;
use crate::source::Span;
use changes::Changes;
use simple::{Argument, Call};
use state::State;
pub(super) use wrappers::{base_name, is_shell, script_argument};

type Result<T> = std::result::Result<T, SyntaxError>;

/// What the values of known variables may add to a script, in bytes.
const BUDGET: usize = 128 << 10;

/// The commands of a script.
pub(super) fn script(exec: &Exec<'_>, text: &Text) -> Result<Vec<Found>> {
    let mut walker = Walker::new();
    walker.script(text, Context::STEP, State::new(exec))?;
    Ok(walker.found)
}

/// The commands of an argument vector without a shell.
pub(super) fn vector(exec: &Exec<'_>, args: &[Text]) -> Result<Vec<Found>> {
    if args.is_empty() {
        return Ok(Vec::new());
    }
    let mut walker = Walker::new();
    let args: Vec<Argument> = args.iter().map(Argument::literal).collect();
    let span = args.iter().map(|argument| argument.word.span).reduce(Span::to).unwrap_or_default();
    let call = Call { args, span, ..Call::default() };
    walker.call(call, Context::STEP, &mut State::new(exec))?;
    Ok(walker.found)
}

/// What a command's status and its running mean for the step.
#[derive(Clone, Copy)]
struct Context {
    /// It runs whenever the step succeeds.
    surely: bool,
    /// Where it fails, the step does.
    decides: bool,
}

impl Context {
    const STEP: Context = Context { surely: true, decides: true };
    const PERHAPS: Context = Context { surely: false, decides: false };

    /// The same for what a shell of its own runs. That may end early (`exit`, `set -e`, `set -u`)
    /// where its status does not matter.
    fn apart(self) -> Context {
        if self.decides { self } else { Context::PERHAPS }
    }

    fn runs(self, state: &State) -> Runs {
        let reached = !state.may_have_ended && !state.may_have_left_loop;
        if self.surely && reached { Runs::Surely } else { Runs::Perhaps }
    }
}

struct Walker {
    found: Vec<Found>,
    /// The functions of the script, and whether each runs its words as a command.
    functions: BTreeMap<String, bool>,
    /// Whether one of them may end the script.
    functions_end: bool,
    /// What anything in the script changes, and so what a function may change.
    changes: Rc<Changes>,
    /// How deep the script stands in others.
    depth: usize,
    /// What is left of [`BUDGET`].
    budget: usize,
}

impl Walker {
    fn new() -> Self {
        Walker {
            found: Vec::new(),
            functions: BTreeMap::new(),
            functions_end: false,
            changes: Rc::default(),
            depth: 0,
            budget: BUDGET,
        }
    }

    /// A script that a shell of its own runs.
    fn script(&mut self, text: &Text, context: Context, mut state: State) -> Result<()> {
        let list = parser::parse(text, self.depth)?;
        let functions = std::mem::take(&mut self.functions);
        let functions_end = std::mem::take(&mut self.functions_end);
        let changes = std::mem::replace(&mut self.changes, Rc::new(Changes::of([&list])));
        self.depth += 1;
        let done = self.list(&list, context.apart(), &mut state);
        self.depth -= 1;
        self.changes = changes;
        self.functions = functions;
        self.functions_end = functions_end;
        done
    }

    fn list(&mut self, list: &List, context: Context, state: &mut State) -> Result<()> {
        for (index, item) in list.0.iter().enumerate() {
            let is_last = index + 1 == list.0.len();
            if item.background {
                self.item(item, Context::PERHAPS, &mut state.clone())?;
            } else {
                let context = Context { decides: context.decides && is_last, ..context };
                self.item(item, context, state)?;
            }
        }
        Ok(())
    }

    /// Pipelines with `&&` and `||`. One fails the step where the whole decides and no `||` behind it
    /// saves it; those behind it run surely only then.
    fn item(&mut self, item: &Item, context: Context, state: &mut State) -> Result<()> {
        let last_or = item.rest.iter().rposition(|(connector, _)| *connector == Connector::Or);
        let decides = |position: usize| context.decides && last_or.is_none_or(|or| or < position);
        let first = Context { decides: decides(0), ..context };
        self.pipeline(&item.first, first, state)?;
        let mut current = state.clone();
        for (index, (connector, pipeline)) in item.rest.iter().enumerate() {
            if *connector == Connector::Or {
                current = state.clone();
            }
            let decides = decides(index + 1);
            let surely = context.surely && decides && *connector == Connector::And;
            self.pipeline(pipeline, Context { surely, decides }, &mut current)?;
            if surely {
                *state = current.clone();
            } else {
                state.join(&current);
            }
            if *connector == Connector::Or {
                current = state.clone();
            }
        }
        Ok(())
    }

    /// Each command of several is in a shell of its own, and the last one's status counts.
    fn pipeline(&mut self, pipeline: &Pipeline, context: Context, state: &mut State) -> Result<()> {
        let decides = context.decides && !pipeline.negated;
        let Some((last, others)) = pipeline.commands.split_last() else { return Ok(()) };
        if others.is_empty() {
            return self.command(last, Context { decides, ..context }, state);
        }
        let mut part = |command: &Command, decides: bool| {
            let context = Context { decides, ..context };
            let is_simple = matches!(command, Command::Simple(_));
            let context = if is_simple { context } else { context.apart() };
            self.command(command, context, &mut state.clone())
        };
        others.iter().try_for_each(|command| part(command, false))?;
        part(last, decides)
    }
}
