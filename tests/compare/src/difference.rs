//! What differs between two builds.

use std::collections::BTreeSet;

use serde_json::Value;

/// How a file differs that is not there.
const MISSING: &str = "is missing";

/// One thing that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What: `` file `app/x` ``, `config /config/Env`.
    pub what: String,
    /// How, in words: `is missing`, or what each of the two has.
    pub how: String,
}

impl Difference {
    pub(crate) fn new(what: impl Into<String>, how: impl Into<String>) -> Self {
        Difference { what: what.into(), how: how.into() }
    }

    /// A file that is not in the other image.
    pub(crate) fn missing(path: &str) -> Self {
        Difference::new(format!("file `{path}`"), MISSING)
    }

    /// The path of such a file.
    pub(crate) fn missing_file(&self) -> Option<&str> {
        let path = self.what.strip_prefix("file `")?.strip_suffix('`')?;
        (self.how == MISSING).then_some(path)
    }
}

/// What is different each time, whoever builds.
#[derive(Debug, Clone, Default)]
pub struct Noise {
    what: BTreeSet<String>,
}

impl Noise {
    /// What two builds by the same frontend do not have the same.
    pub fn of(differences: &[Difference]) -> Self {
        Noise { what: differences.iter().map(|found| found.what.clone()).collect() }
    }

    /// Whether everything is the same each time.
    pub fn is_empty(&self) -> bool {
        self.what.is_empty()
    }

    /// What is different each time, in order.
    pub fn what(&self) -> impl Iterator<Item = &str> {
        self.what.iter().map(String::as_str)
    }

    /// Leaves the other differences.
    pub fn without(&self, mut differences: Vec<Difference>) -> Vec<Difference> {
        differences.retain(|found| !self.what.contains(&found.what));
        differences
    }
}

/// Where two documents differ, as deep as both have the same form.
pub(crate) fn of_json(place: &str, one: &Value, other: &Value, found: &mut Vec<Difference>) {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            let keys: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
            for key in keys {
                let place = format!("{place}/{key}");
                let value = |of: &serde_json::Map<String, Value>| of.get(key).cloned();
                match (value(one), value(other)) {
                    (Some(one), Some(other)) => of_json(&place, &one, &other, found),
                    (one, other) => found.push(Difference::new(place, both(&one, &other))),
                }
            }
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            for (at, (one, other)) in one.iter().zip(other).enumerate() {
                of_json(&format!("{place}/{at}"), one, other, found);
            }
        }
        _ if one == other => {}
        _ => found.push(Difference::new(place, format!("{one} and {other}"))),
    }
}

fn both(one: &Option<Value>, other: &Option<Value>) -> String {
    let shown =
        |value: &Option<Value>| value.as_ref().map_or("nothing".to_owned(), Value::to_string);
    format!("{} and {}", shown(one), shown(other))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn documents_are_compared_in_depth() {
        let one = json!({ "same": 1, "Env": ["A=1", "B=2"], "Cmd": ["x"], "gone": true });
        let other = json!({ "same": 1, "Env": ["A=1", "B=3"], "Cmd": ["x", "y"] });
        let mut found = Vec::new();
        of_json("config ", &one, &other, &mut found);
        let found: Vec<_> = found.iter().map(|one| (one.what.as_str(), one.how.as_str())).collect();
        let expected = [
            ("config /Cmd", r#"["x"] and ["x","y"]"#),
            ("config /Env/1", r#""B=2" and "B=3""#),
            ("config /gone", "true and nothing"),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn noise_is_left_out_by_what_it_is() {
        let noise = Noise::of(&[Difference::new("file `log`", "content")]);
        let found =
            vec![Difference::new("file `log`", "size"), Difference::new("file `x`", "size")];
        assert_eq!(noise.without(found), [Difference::new("file `x`", "size")]);
    }
}
