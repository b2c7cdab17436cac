//! The index of a seed, and the answers of the program that reads it.

use strake_frontend::testing::mounts::agent::answer::Answer;
use strake_frontend::testing::mounts::agent::rewritten_index;

/// The body of an index, which gets its beginning and its checksum here; and any text as an answer.
pub(super) fn check(input: &[u8]) {
    let _ = rewritten_index(input);
    let mut index = b"strake index 1\n".to_vec();
    index.extend(input);
    index.extend(checksum(&index));
    if let Ok(written) = rewritten_index(&index) {
        assert!(written == index, "an index has one form");
    }
    if let Some(answer) = Answer::parse(&String::from_utf8_lossy(input)) {
        answer.line();
        assert_eq!(Answer::parse(&answer.to_text()), Some(answer));
    }
}

fn checksum(bytes: &[u8]) -> Vec<u8> {
    let digest = strake_llb::digest(bytes).to_string();
    let digits = digest.rsplit(':').next().unwrap_or_default();
    let pair = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
    (0..digits.len()).step_by(2).filter_map(pair).collect()
}
