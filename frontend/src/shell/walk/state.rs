//! What the shell has in hand before a command: variables, the directory, and whether it is still
//! there.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::changes::Changes;
use crate::paths;
use crate::shell::command::{Environment, Exported, User, Variable};
use crate::shell::exec::Exec;

/// More variables than a script sets, few enough to be compared after each branch.
const MOST_VARIABLES: usize = 256;

/// Longer values are of no use to anybody, and could be put together to fill the memory.
const LONGEST_VALUE: usize = 1024;

#[derive(Clone)]
pub(super) struct State {
    step: Rc<BTreeMap<String, String>>,
    variables: Rc<BTreeMap<String, Variable>>,
    /// Anything may be set.
    lost: bool,
    /// Only what the script sets is in the environment.
    cleared: bool,
    /// After `set -a`: variables that are set are exported.
    pub(super) exports_all: bool,
    pub(super) directory: Option<String>,
    pub(super) user: User,
    /// The script may be over before this point, and the step good.
    pub(super) may_have_ended: bool,
    /// The turn of the loop may be over before this point.
    pub(super) may_have_left_loop: bool,
}

impl State {
    pub(super) fn new(exec: &Exec<'_>) -> Self {
        State {
            step: Rc::new(exec.env.iter().cloned().collect()),
            variables: Rc::default(),
            lost: false,
            cleared: false,
            exports_all: false,
            directory: Some(exec.directory.to_owned()),
            user: User::Step,
            may_have_ended: false,
            may_have_left_loop: false,
        }
    }

    /// The value of a variable of the shell, where it is known and set.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        match self.variables.get(name) {
            Some(variable) => variable.value.as_ref()?.as_deref(),
            None if self.lost || self.cleared => None,
            None => self.step.get(name).map(String::as_str),
        }
    }

    /// Sets a variable; `None` where the value is not known.
    pub(super) fn set(&mut self, name: &str, value: Option<String>) {
        let value = value.filter(|value| value.len() <= LONGEST_VALUE);
        let exported = if self.exports_all { Exported::Yes } else { self.exported(name) };
        self.put(name, Variable { value: value.map(Some), exported });
    }

    pub(super) fn export(&mut self, name: &str) {
        let value = match self.variables.get(name) {
            Some(variable) => variable.value.clone(),
            None if self.lost => None,
            None => Some(self.step.get(name).cloned()),
        };
        self.put(name, Variable { value, exported: Exported::Yes });
    }

    pub(super) fn unset(&mut self, name: &str) {
        self.put(name, Variable { value: Some(None), exported: Exported::No });
    }

    fn exported(&self, name: &str) -> Exported {
        match self.variables.get(name) {
            Some(variable) => variable.exported,
            None if self.lost => Exported::Perhaps,
            None if !self.cleared && self.step.contains_key(name) => Exported::Yes,
            None => Exported::No,
        }
    }

    fn put(&mut self, name: &str, variable: Variable) {
        if self.variables.len() >= MOST_VARIABLES && !self.variables.contains_key(name) {
            self.lose();
        }
        Rc::make_mut(&mut self.variables).insert(name.to_owned(), variable);
    }

    /// Anything may have happened to the variables and the directory.
    pub(super) fn lose(&mut self) {
        self.variables = Rc::default();
        self.lost = true;
        self.directory = None;
    }

    /// What commands may change is not known any more.
    pub(super) fn forget(&mut self, changes: &Changes) {
        if changes.everything || changes.names.len() > MOST_VARIABLES {
            return self.lose();
        }
        for name in &changes.names {
            self.set(name, None);
        }
        if changes.directory {
            self.directory = None;
        }
    }

    /// Goes to a directory, if it is known which.
    pub(super) fn enter(&mut self, path: Option<&str>) {
        let joined = match (path, &self.directory) {
            (Some(path), _) if path.starts_with('/') => Some(paths::join("/", path)),
            (Some(path), Some(directory)) => Some(paths::join(directory, path)),
            _ => None,
        };
        self.directory = joined.filter(|path| path.len() <= LONGEST_VALUE);
    }

    /// What holds whether or not another way was gone.
    pub(super) fn join(&mut self, other: &State) {
        self.may_have_ended |= other.may_have_ended;
        self.may_have_left_loop |= other.may_have_left_loop;
        self.exports_all |= other.exports_all;
        if self.directory != other.directory {
            self.directory = None;
        }
        self.lost |= other.lost;
        if Rc::ptr_eq(&self.variables, &other.variables) {
            return;
        }
        let names: Vec<String> =
            self.variables.keys().chain(other.variables.keys()).cloned().collect();
        for name in names {
            let (mine, others) = (self.variables.get(&name), other.variables.get(&name));
            if mine == others {
                continue;
            }
            let value = match (mine, others) {
                (Some(mine), Some(others)) if mine.value == others.value => mine.value.clone(),
                _ => None,
            };
            let exported = match (self.exported(&name), other.exported(&name)) {
                (mine, others) if mine == others => mine,
                _ => Exported::Perhaps,
            };
            self.put(&name, Variable { value, exported });
        }
    }

    /// The state in a shell that is started from here: it knows what is exported, and no more.
    pub(super) fn in_new_shell(&self, environment: &Environment, user: User) -> State {
        let mut state = self.clone();
        state.exports_all = false;
        state.user = user;
        state.may_have_left_loop = false;
        for variable in Rc::make_mut(&mut state.variables).values_mut() {
            match variable.exported {
                Exported::Yes => {}
                Exported::No => variable.value = Some(None),
                Exported::Perhaps => variable.value = None,
            }
        }
        if environment.cleared {
            state.variables = Rc::default();
            state.lost = false;
            state.cleared = true;
        }
        for (name, value) in environment.own.clone() {
            state.put(&name, Variable { value, exported: Exported::Yes });
        }
        state
    }

    /// The environment of a command, with what is set for it alone.
    pub(super) fn environment(&self, own: Vec<(String, Option<Option<String>>)>) -> Environment {
        Environment {
            step: Rc::clone(&self.step),
            script: Rc::clone(&self.variables),
            own,
            lost: self.lost,
            cleared: self.cleared,
        }
    }
}
