//! What BuildKit tells a frontend through its environment. Nothing else in strake reads environment
//! variables, or asks what time it is.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};

use serde::Deserialize;

use crate::platform::Platform;

/// Where BuildKit says what the image of a frontend is made of (`frontend/gateway`).
const IMAGE: &str = "/run/config/buildkit/metadata/frontend.bin";

const OPTION: &str = "BUILDKIT_FRONTEND_OPT_";

/// The environment of a frontend.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Environment {
    /// By key: each variable `BUILDKIT_FRONTEND_OPT_...` holds one `key=value`.
    pub options: BTreeMap<String, String>,
    pub session_id: String,
    /// Platforms of the first worker.
    pub platforms: Vec<Platform>,
    /// Name of the product that BuildKit is part of; mostly empty.
    pub product: String,
    /// A random text that no other build has.
    pub nonce: String,
    /// The definition of the image that this program runs in, as BuildKit sent it; empty where it did
    /// not.
    pub image: Vec<u8>,
    /// The path of this program in that image.
    pub program: String,
    /// When the build began, in seconds since 1970.
    pub now: u64,
}

impl Environment {
    /// Reads this process's variables.
    pub fn of_this_process() -> Self {
        let text = |os: std::ffi::OsString| os.to_string_lossy().into_owned();
        let variables = std::env::vars_os().map(|(name, value)| (text(name), text(value)));
        let program = std::env::current_exe().unwrap_or_default();
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        Environment {
            nonce: nonce(),
            image: std::fs::read(IMAGE).unwrap_or_default(),
            program: program.to_string_lossy().into_owned(),
            now: since.map_or(0, |since| since.as_secs()),
            ..Environment::read(variables)
        }
    }

    /// Reads variables. The nonce, the image, the program and the time are not among them.
    pub fn read(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut environment = Environment::default();
        for (name, value) in variables {
            match name.as_str() {
                "BUILDKIT_SESSION_ID" => environment.session_id = value,
                "BUILDKIT_WORKERS" => environment.platforms = platforms(&value),
                "BUILDKIT_EXPORTEDPRODUCT" => environment.product = value,
                _ if name.starts_with(OPTION) => {
                    let (key, value) = value.split_once('=').unwrap_or((&value, ""));
                    environment.options.insert(key.to_owned(), value.to_owned());
                }
                _ => {}
            }
        }
        environment
    }
}

/// 128 random bits in hex: each state is seeded anew by the system, or differs from the one before.
fn nonce() -> String {
    let half = || RandomState::new().hash_one(0);
    format!("{:016x}{:016x}", half(), half())
}

#[derive(Deserialize)]
struct Worker {
    // `null` where the worker tells none.
    #[serde(default, rename = "Platforms")]
    platforms: Option<Vec<Platform>>,
}

/// Platforms of the first worker. What can't be read is as if it were not said: the answer to
/// `Ping` tells the same.
fn platforms(json: &str) -> Vec<Platform> {
    let workers: Vec<Worker> = serde_json::from_str(json).unwrap_or_default();
    workers.into_iter().next().and_then(|worker| worker.platforms).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_read() {
        let variables = [
            ("BUILDKIT_FRONTEND_OPT_0", "build-arg:A=b=c"),
            ("BUILDKIT_FRONTEND_OPT_1", "no-cache="),
            ("BUILDKIT_FRONTEND_OPT_2", "bare"),
            ("BUILDKIT_SESSION_ID", "session"),
            ("BUILDKIT_EXPORTEDPRODUCT", "docker"),
            (
                "BUILDKIT_WORKERS",
                r#"[{"ID":"x","Labels":{},"Platforms":[{"architecture":"amd64","os":"linux"},
                {"architecture":"arm","os":"linux","variant":"v7"}],"GCPolicy":null}]"#,
            ),
            ("PATH", "/bin"),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let environment = Environment::read(variables);
        let options: Vec<_> = environment.options.into_iter().collect();
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        assert_eq!(options, [pair("bare", ""), pair("build-arg:A", "b=c"), pair("no-cache", "")]);
        assert_eq!(environment.session_id, "session");
        assert_eq!(environment.product, "docker");
        let ids: Vec<_> = environment.platforms.iter().map(Platform::id).collect();
        assert_eq!(ids, ["linux/amd64", "linux/arm/v7"]);
    }

    #[test]
    fn a_nonce_is_new_each_time() {
        let first = Environment::of_this_process().nonce;
        assert_eq!(first.len(), 32);
        assert_ne!(first, Environment::of_this_process().nonce);
    }

    #[test]
    fn workers_may_be_anything() {
        for json in ["", "null", "[]", "[{}]", r#"[{"Platforms":null}]"#, "{"] {
            assert!(platforms(json).is_empty(), "{json}");
        }
    }
}
