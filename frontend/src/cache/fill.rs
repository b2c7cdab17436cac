//! Texts of a preset with what is known of the step filled in.

use super::StepContext;
use crate::template::{Place, Template};

/// Root's home, where the environment says nothing: BuildKit takes a user's home from the image's
/// `/etc/passwd`, which strake can't see, and root's is the same everywhere.
const ROOTS_HOME: &str = "/root";

/// A text in which the step's environment may stand.
///
/// # Errors
/// What is missing, for people.
pub(super) fn place(text: &str, step: StepContext<'_>) -> Result<String, String> {
    fill(text, &|name| variable(name, step))
}

/// A text in which the place of the mount may stand, too.
///
/// # Errors
/// What is missing, for people.
pub(super) fn with_target(
    text: &str,
    target: &str,
    step: StepContext<'_>,
) -> Result<String, String> {
    fill(text, &|name| match name {
        "target" => Some(target.to_owned()),
        name => variable(name, step),
    })
}

fn fill(text: &str, lookup: &dyn Fn(&str) -> Option<String>) -> Result<String, String> {
    // A template is parsed in vain where nothing is to be filled in, and there are many for each step.
    if !text.contains(['$', '\\']) {
        return Ok(text.to_owned());
    }
    let template = Template::parse(text, Place::From(0)).map_err(|error| error.message)?;
    template.expand(lookup).map_err(|error| error.to_string())
}

fn variable(name: &str, step: StepContext<'_>) -> Option<String> {
    let found = step.env.get(name).map(str::to_owned);
    let is_root = super::numbers(step.user).is_some_and(|(uid, _)| uid == 0);
    found.or_else(|| (name == "HOME" && is_root).then(|| ROOTS_HOME.to_owned()))
}
