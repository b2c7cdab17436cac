//! Environment lists as images have them: `NAME=VALUE` in the order in which they were set.

use std::collections::BTreeMap;

/// An environment in order; names are unique.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Env {
    variables: Vec<(String, String)>,
    /// The index of each name in `variables`.
    places: BTreeMap<String, usize>,
}

impl Env {
    /// From `NAME=VALUE` lines; a later line of a name replaces an earlier one.
    pub fn from_lines(lines: &[String]) -> Self {
        let mut env = Env::default();
        for line in lines {
            let (name, value) = line.split_once('=').unwrap_or((line, ""));
            env.set(name, value);
        }
        env
    }

    /// Lines of the form `NAME=VALUE`, in order.
    pub fn to_lines(&self) -> Vec<String> {
        self.variables.iter().map(|(name, value)| format!("{name}={value}")).collect()
    }

    /// Sets a variable; one that is there keeps its place.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        let value = value.into();
        let place = self.places.get(name).copied();
        match place.and_then(|place| self.variables.get_mut(place)) {
            Some(entry) => entry.1 = value,
            None => {
                self.places.insert(name.to_owned(), self.variables.len());
                self.variables.push((name.to_owned(), value));
            }
        }
    }

    /// Sets a variable where it has no value yet.
    pub fn set_default(&mut self, name: &str, value: &str) {
        if self.get(name).is_none() {
            self.set(name, value);
        }
    }

    /// The value of a variable.
    pub fn get(&self, name: &str) -> Option<&str> {
        let place = self.places.get(name)?;
        self.variables.get(*place).map(|(_, value)| value.as_str())
    }

    /// Names and values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.variables.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_keeps_its_place() {
        let mut env = Env::from_lines(&["A=1".into(), "B=x=y".into(), "A=2".into(), "C".into()]);
        env.set("B", "3");
        env.set_default("A", "no");
        env.set_default("D", "4");
        assert_eq!(env.to_lines(), ["A=2", "B=3", "C=", "D=4"]);
    }
}
