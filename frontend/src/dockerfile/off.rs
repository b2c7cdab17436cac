//! What a Dockerfile's build does without: no cache mounts at all, or none of some package managers.

use std::collections::BTreeSet;

use crate::cache;
use crate::diagnostics::suggest;

/// Package managers that get no cache mounts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Off {
    /// None of them.
    #[default]
    Nobody,
    /// These, by the names of their presets.
    These(BTreeSet<String>),
    /// All.
    Everybody,
}

impl Off {
    /// Reads `off`, with a list of names or without.
    ///
    /// # Errors
    /// Why it can't be understood.
    pub(super) fn of(names: Option<&str>) -> Result<Self, String> {
        let Some(names) = names else { return Ok(Off::Everybody) };
        let names = presets(names)?.into_iter().map(|preset| preset.name.to_owned());
        Ok(Off::These(names.collect()))
    }

    /// Reads the build argument `STRAKE_CACHE`: `off`, or `off:apt,npm`.
    ///
    /// # Errors
    /// Why it can't be understood.
    pub fn of_argument(value: &str) -> Result<Self, String> {
        match value.split_once(':') {
            _ if value.is_empty() => Ok(Off::Nobody),
            None if value == "off" => Off::of(None),
            Some(("off", names)) => Off::of(Some(names)),
            _ => Err(format!("`{value}` is neither `off` nor `off:NAME,...`")),
        }
    }

    /// Whether a preset is among them.
    pub fn has(&self, preset: &str) -> bool {
        match self {
            Off::Nobody => false,
            Off::These(names) => names.contains(preset),
            Off::Everybody => true,
        }
    }
}

/// The presets of a list of names.
pub(super) fn presets(names: &str) -> Result<Vec<&'static cache::Preset>, String> {
    names.split(',').map(preset).collect()
}

fn preset(name: &str) -> Result<&'static cache::Preset, String> {
    cache::preset(name).ok_or_else(|| {
        let all = cache::PRESETS.iter().map(|preset| preset.name);
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
        assert_eq!(Off::of_argument(""), Ok(Off::Nobody));
        assert_eq!(Off::of_argument("off"), Ok(Off::Everybody));
        let some = Off::of_argument("off:apt,npm").unwrap();
        assert!(some.has("apt") && some.has("npm") && !some.has("pip"));
        for wrong in ["on", "off:", "off:apt,", "OFF", "apt", "off:atp"] {
            assert!(Off::of_argument(wrong).is_err(), "{wrong}");
        }
        let near = Off::of_argument("off:npn").unwrap_err();
        assert!(near.contains("did you mean `npm`?"), "{near}");
    }
}
