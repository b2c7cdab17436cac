//! What a Dockerfile's build does without: no cache mounts at all, or none of some package
//! managers.

use std::collections::BTreeSet;

use crate::diagnostics::suggest;
use crate::presets;

/// Package managers that are opted out: they get no cache mounts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum OptOut {
    #[default]
    Nothing,
    /// These, by the names of their presets.
    Presets(BTreeSet<String>),
    Everything,
}

impl OptOut {
    /// Reads `off`, with a list of names or without.
    ///
    /// # Errors
    /// Why it can't be understood.
    pub(super) fn of(names: Option<&str>) -> Result<Self, String> {
        let Some(names) = names else { return Ok(OptOut::Everything) };
        let names = presets(names)?.into_iter().map(|preset| preset.name.to_owned());
        Ok(OptOut::Presets(names.collect()))
    }

    /// Reads the build argument `STRAKE_CACHE`: `off`, or `off:apt,npm`.
    ///
    /// # Errors
    /// Why it can't be understood.
    pub fn of_argument(value: &str) -> Result<Self, String> {
        match value.split_once(':') {
            _ if value.is_empty() => Ok(OptOut::Nothing),
            None if value == "off" => OptOut::of(None),
            Some(("off", names)) => OptOut::of(Some(names)),
            _ => Err(format!("`{value}` is neither `off` nor `off:NAME,...`")),
        }
    }

    /// Whether a preset is among them.
    pub fn has(&self, preset: &str) -> bool {
        match self {
            OptOut::Nothing => false,
            OptOut::Presets(names) => names.contains(preset),
            OptOut::Everything => true,
        }
    }
}

/// The presets of a list of names.
pub(super) fn presets(names: &str) -> Result<Vec<&'static presets::Preset>, String> {
    names.split(',').map(preset).collect()
}

fn preset(name: &str) -> Result<&'static presets::Preset, String> {
    presets::preset(name).ok_or_else(|| {
        let all = presets::PRESETS.iter().map(|preset| preset.name);
        match suggest::nearest(name, all.clone()) {
            Some(near) => format!("there is no preset `{name}`: did you mean `{near}`?"),
            None => {
                let all: Vec<&str> = all.collect();
                format!("there is no preset `{name}`: the presets are {}", all.join(", "))
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_argument_says_who_goes_without() {
        assert_eq!(OptOut::of_argument(""), Ok(OptOut::Nothing));
        assert_eq!(OptOut::of_argument("off"), Ok(OptOut::Everything));
        let some = OptOut::of_argument("off:apt,npm").unwrap();
        assert!(some.has("apt") && some.has("npm") && !some.has("pip"));
        for wrong in ["on", "off:", "off:apt,", "OFF", "apt", "off:atp"] {
            assert!(OptOut::of_argument(wrong).is_err(), "{wrong}");
        }
        let near = OptOut::of_argument("off:npn").unwrap_err();
        assert!(near.contains("did you mean `npm`?"), "{near}");
    }
}
