//! Words with which a Dockerfile, or the config of an image, says how a command is run. Here the form of the value
//! says it: a list is a program and its arguments, a string is for the shell. A program is called so nowhere, and
//! the container would not start, or never be healthy.

use super::reader::Value;
use crate::diagnostics::codes;

const WORDS: [&str; 4] = ["CMD", "CMD-SHELL", "ENTRYPOINT", "NONE"];

/// Reports a command of the image that begins with such a word.
pub(crate) fn check(value: Value<'_>, first: Option<&str>) {
    let Some(word) = first.filter(|first| WORDS.contains(first)) else { return };
    let is_test = matches!(value.key, "healthcheck" | "test");
    let help = match word {
        "NONE" if is_test => format!("write `{} = \"none\"` for no check", value.key),
        "NONE" => format!("write `{} = []` for none", value.key),
        "CMD-SHELL" if is_test => "write the command as a string: the shell runs it".to_owned(),
        "CMD-SHELL" => "write `[\"/bin/sh\", \"-c\", \"...\"]` to use a shell".to_owned(),
        _ if value.is_array() => {
            format!("leave `{word}` out: a list is a program and its arguments")
        }
        _ => format!("leave `{word}` out: a string is a command for the shell"),
    };
    let message = format!("`{word}` is not a program, but a Dockerfile word");
    value.report_with_help(&codes::DOCKERFILE_WORD, message, help);
}
