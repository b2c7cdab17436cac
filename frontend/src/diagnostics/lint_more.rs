//! Warnings and errors added to the answer that another frontend gives to the `lint` subrequest.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Diagnostic;
use super::lint::report;
use crate::source::SourceFile;

/// Adds what was found of a file to the metadata of an answer. An answer that is not understood stays as
/// it is.
pub(crate) fn add(answer: &mut BTreeMap<String, Vec<u8>>, file: &SourceFile, found: &[Diagnostic]) {
    let theirs = answer.get("result.json").and_then(|json| serde_json::from_slice(json).ok());
    let (Some(theirs), false) = (theirs, found.is_empty()) else { return };
    let ours = report(file, found);
    let Some(both) = serde_json::from_str(&ours.json).ok().and_then(|ours| joined(theirs, ours))
    else {
        return;
    };
    answer.insert("result.json".to_owned(), format!("{both:#}").into_bytes());
    answer.entry("result.txt".to_owned()).or_default().extend(ours.text.into_bytes());
    answer.insert("result.statuscode".to_owned(), ours.status_code.to_string().into_bytes());
}

fn joined(mut theirs: Value, mut ours: Value) -> Option<Value> {
    let source = ours.pointer_mut("/sources/0")?.take();
    let sources = list(&mut theirs, "sources")?;
    let is_same = |known: &Value| ["filename", "data"].iter().all(|key| known[key] == source[key]);
    let index = sources.iter().position(is_same).unwrap_or(sources.len());
    if index == sources.len() {
        sources.push(source);
    }
    let mut warnings = std::mem::take(list(&mut ours, "warnings")?);
    warnings.iter_mut().for_each(|warning| lead_to(warning, index));
    list(&mut theirs, "warnings")?.extend(warnings);
    let error = ours.get_mut("buildError").filter(|_| theirs["buildError"].is_null());
    if let Some(error) = error.map(Value::take) {
        theirs["buildError"] = error;
        lead_to(&mut theirs["buildError"], index);
    }
    Some(theirs)
}

/// Lets what is about our file, the first of our sources, be about another one of the answer's.
fn lead_to(found: &mut Value, index: usize) {
    if let Some(at) = found.pointer_mut("/location/sourceIndex")
        && *at == 0
    {
        *at = index.into();
    }
}

/// A list of an answer; Go writes an empty one as `null`.
fn list<'a>(answer: &'a mut Value, key: &str) -> Option<&'a mut Vec<Value>> {
    let list = answer.as_object_mut()?.entry(key).or_insert(Value::Null);
    if list.is_null() {
        *list = Value::Array(Vec::new());
    }
    list.as_array_mut()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::codes::advice::UPDATE_ALONE;
    use crate::source::Span;

    fn added(json: &str) -> BTreeMap<String, Vec<u8>> {
        let mut answer = BTreeMap::from([
            ("result.json".to_owned(), json.as_bytes().to_vec()),
            ("result.txt".to_owned(), b"theirs\n".to_vec()),
            ("result.statuscode".to_owned(), b"0".to_vec()),
        ]);
        let file = SourceFile::new("Dockerfile", "FROM x\nRUN y\n").dockerfile();
        let warning = Diagnostic::warning(&UPDATE_ALONE, "y").at(Span { start: 7, end: 12 });
        add(&mut answer, &file, &[warning]);
        answer
    }

    fn json(answer: &BTreeMap<String, Vec<u8>>) -> Value {
        serde_json::from_slice(&answer["result.json"]).unwrap()
    }

    #[test]
    fn what_is_there_stays() {
        // `FROM x\nRUN y\n`.
        let theirs = r#"{"warnings": [{"ruleName": "A", "location": {"sourceIndex": 1}}],
            "sources": [{"filename": "other", "data": "eA=="},
                        {"filename": "Dockerfile", "data": "RlJPTSB4ClJVTiB5Cg==", "language": "Dockerfile"}]}"#;
        let answer = added(theirs);
        let both = json(&answer);
        assert_eq!(both["sources"].as_array().unwrap().len(), 2);
        assert_eq!(both["warnings"][0]["ruleName"], "A");
        assert_eq!(both["warnings"][1]["ruleName"], "update-alone");
        assert_eq!(both["warnings"][1]["location"]["sourceIndex"], 1);
        let text = String::from_utf8(answer["result.txt"].clone()).unwrap();
        assert!(text.starts_with("theirs\n") && text.contains("update-alone"), "{text}");
        assert_eq!(answer["result.statuscode"], b"1");
    }

    #[test]
    fn an_answer_without_anything_gets_a_source() {
        let both = json(&added(r#"{"warnings": null, "sources": null}"#));
        assert_eq!(both["sources"][0]["language"], "Dockerfile");
        assert_eq!(both["warnings"][0]["location"]["sourceIndex"], 0);
    }

    #[test]
    fn an_answer_of_tomorrow_stays_as_it_is() {
        for theirs in ["[]", "no JSON", r#"{"warnings": {}}"#] {
            assert_eq!(added(theirs)["result.json"], theirs.as_bytes());
        }
    }
}
