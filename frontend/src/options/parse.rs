//! The reader of options. Each key is read once, here; everything that is wrong is collected and
//! reported in one go.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use strake_llb::{Gather, LinuxResources};

use super::{
    CheckOptions, NamedContext, NoCache, Options, RequiredCap, ScanStages, SeedOption,
    attestations, contexts, resources,
};
use crate::diagnostics::codes::TOO_MANY;
use crate::diagnostics::codes::options as codes;
use crate::diagnostics::{Code, Diagnostic};
use crate::gateway::CacheImport;
use crate::platform::Platform;
use crate::reference::ImageReference;
use crate::text::parse_bool;

/// More entries of one option are a mistake, and work without end.
const MOST_ENTRIES: usize = 1_000;

const PROXY_ARGS: [&str; 5] = ["http_proxy", "https_proxy", "ftp_proxy", "no_proxy", "all_proxy"];

impl Options {
    /// Reads the raw options of a build. `workers` are the platforms of the first worker; the first
    /// of them is the build platform, this program's own where there is none.
    ///
    /// # Errors
    /// Everything that is wrong with them.
    pub fn parse(
        raw: BTreeMap<String, String>,
        session_id: impl Into<String>,
        workers: &[Platform],
    ) -> Result<Options, Vec<Diagnostic>> {
        let (options, problems) = Options::read(raw, session_id, workers);
        if problems.is_empty() { Ok(options) } else { Err(problems) }
    }

    /// The same, with what could be read where something is wrong: enough to find the file, for which
    /// a frontend of its own may have better words.
    pub fn read(
        raw: BTreeMap<String, String>,
        session_id: impl Into<String>,
        workers: &[Platform],
    ) -> (Options, Vec<Diagnostic>) {
        let mut reader = Reader { raw: &raw, problems: Vec::new() };
        let mut options = reader.read();
        let problems = reader.problems;
        options.session_id = session_id.into();
        options.build_platform = workers.first().cloned().unwrap_or_else(Platform::of_this_process);
        if options.platforms.is_empty() {
            options.platforms.push(options.build_platform.clone());
        }
        options.raw = raw;
        (options, problems)
    }

    /// The named context of a name: the one for the platform (`name::linux/amd64`) before the one for
    /// all. Names are compared as image names, without `:latest`.
    pub fn context(&self, name: &str, platform: &Platform) -> Option<&NamedContext> {
        let name = ImageReference::parse(name).ok()?.familiar();
        let name = name.strip_suffix(":latest").unwrap_or(&name);
        let key_of_platform = format!("{name}::{}", platform.id());
        let find = |key: &str| self.contexts.iter().find(|context| context.key == key);
        find(&key_of_platform).or_else(|| find(name))
    }

    /// The session that a local directory is read from.
    pub fn session_of(&self, local: &str) -> &str {
        self.local_sessions.get(local).unwrap_or(&self.session_id)
    }
}

struct Reader<'a> {
    raw: &'a BTreeMap<String, String>,
    problems: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn read(&mut self) -> Options {
        let platforms = self.platforms();
        let context = self.text("contextkey").unwrap_or_else(|| "context".to_owned());
        let remote = self.get(&context).unwrap_or_default();
        let epoch = self.text("build-arg:SOURCE_DATE_EPOCH");
        Options {
            filename: self.text("filename").unwrap_or_else(|| "Dockerfile".to_owned()),
            target: self.text("target"),
            remote_context: self.take(&context, &codes::CONTEXT, contexts::remote(remote)),
            context_subdir: self.text("contextsubdir"),
            dockerfile_name: self.text("dockerfilekey").unwrap_or_else(|| "dockerfile".to_owned()),
            force_local_dockerfile: self.get("dockerfilekey").is_some(),
            local_sessions: self.with_prefix("local-sessionid:"),
            build_args: self.with_prefix("build-arg:"),
            labels: self.with_prefix("label:"),
            multi_platform: self.multi_platform(platforms.len()),
            platforms,
            no_cache: self.no_cache(),
            cache_imports: self.cache_imports(),
            contexts: self.contexts(),
            extra_hosts: self.read_key("add-hosts", &codes::HOST, resources::hosts),
            network: self.read_key("force-network-mode", &codes::NETWORK, resources::network),
            shm_size: self
                .read_key("shm-size", &codes::NUMBER, |text| resources::integer(text).map(Some)),
            ulimits: self.read_key("ulimit", &codes::ULIMIT, resources::ulimits),
            cgroup_parent: self.text("cgroup-parent").unwrap_or_default(),
            hostname: self
                .arg("BUILDKIT_SANDBOX_HOSTNAME")
                .or(self.get("hostname"))
                .unwrap_or_default()
                .to_owned(),
            resources: self.resources(),
            resolve_mode: self
                .read_key("image-resolve-mode", &codes::RESOLVE_MODE, resolve_mode)
                .unwrap_or_else(|| "default".to_owned()),
            cache_namespace: self.arg("BUILDKIT_CACHE_MOUNT_NS").unwrap_or_default().to_owned(),
            seed: self.read_key("build-arg:STRAKE_SEED", &codes::SEED, seed),
            exported_mounts: self.list("build-arg:STRAKE_MOUNTS"),
            keep_git_dir: self.bool_arg("BUILDKIT_CONTEXT_KEEP_GIT_DIR"),
            warnings: Vec::new(),
            source_date_epoch: epoch.as_ref().and_then(|epoch| epoch.parse().ok()),
            epoch_of: epoch.filter(|epoch| epoch.parse::<i64>().is_err()),
            proxy: self.proxy(),
            check: self.read_key("build-arg:BUILDKIT_DOCKERFILE_CHECK", &codes::CHECK, check),
            sbom: self.sbom(),
            sbom_scan_context: scan_stages(self.arg("BUILDKIT_SBOM_SCAN_CONTEXT")),
            sbom_scan_stages: scan_stages(self.arg("BUILDKIT_SBOM_SCAN_STAGE")),
            request: self.text("requestid"),
            required_caps: required_caps(self.get("frontend.caps").unwrap_or_default()),
            ..Options::default()
        }
    }

    /// A value that is there, be it empty.
    fn get(&self, key: &str) -> Option<&str> {
        self.raw.get(key).map(String::as_str)
    }

    /// A value that is there and not empty.
    fn text(&self, key: &str) -> Option<String> {
        self.get(key).filter(|value| !value.is_empty()).map(str::to_owned)
    }

    /// A build argument that is there and not empty.
    fn arg(&self, name: &str) -> Option<&str> {
        self.get(&format!("build-arg:{name}")).filter(|value| !value.is_empty())
    }

    fn list(&self, key: &str) -> Vec<String> {
        let items = self.get(key).into_iter().flat_map(|row| row.split(','));
        items.map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
    }

    /// The entries of an option that can be given several times, each of them once.
    fn entries(&mut self, key: &str) -> Vec<String> {
        let row = self.text(key);
        let mut known = BTreeSet::new();
        let new = row.iter().flat_map(|row| row.split(',')).filter(|entry| known.insert(*entry));
        let entries: Vec<String> = new.take(MOST_ENTRIES + 1).map(str::to_owned).collect();
        if entries.len() <= MOST_ENTRIES {
            return entries;
        }
        self.too_many(key);
        Vec::new()
    }

    fn too_many(&mut self, key: &str) {
        self.report(key, &TOO_MANY, &format!("it has more than {MOST_ENTRIES} entries"));
    }

    fn with_prefix(&self, prefix: &str) -> BTreeMap<String, String> {
        let pairs = self.raw.iter();
        pairs.filter_map(|(k, v)| Some((k.strip_prefix(prefix)?.to_owned(), v.clone()))).gather()
    }

    /// Reads a key that is there and not empty; the default where it is not, or is wrong.
    fn read_key<T: Default>(
        &mut self,
        key: &str,
        code: &'static Code,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> T {
        match self.text(key) {
            Some(value) => self.take(key, code, read(&value)),
            None => T::default(),
        }
    }

    fn take<T: Default>(&mut self, key: &str, code: &'static Code, result: Result<T, String>) -> T {
        result.unwrap_or_else(|reason| {
            self.report(key, code, &reason);
            T::default()
        })
    }

    fn report(&mut self, key: &str, code: &'static Code, reason: &str) {
        let name = match key.strip_prefix("build-arg:") {
            Some(arg) => format!("build argument `{arg}`"),
            None => format!("option `{key}`"),
        };
        self.problems.push(Diagnostic::error(code, format!("{name}: {reason}")));
    }

    fn bool_arg(&mut self, name: &str) -> Option<bool> {
        let key = format!("build-arg:{name}");
        self.read_key(&key, &codes::BOOLEAN, |value| boolean(value).map(Some))
    }

    fn platforms(&mut self) -> Vec<Platform> {
        let mut platforms: Vec<Platform> = Vec::new();
        for specifier in self.entries("platform") {
            match Platform::parse(&specifier) {
                Ok(platform) if platforms.contains(&platform) => {}
                Ok(platform) => platforms.push(platform),
                Err(error) => {
                    self.report("platform", &codes::PLATFORM, &error.to_string());
                }
            }
        }
        platforms
    }

    /// One platform gives a plain result, unless the client wants it as one of several.
    fn multi_platform(&mut self, platforms: usize) -> bool {
        let arg = "build-arg:BUILDKIT_MULTI_PLATFORM";
        let key = if self.text(arg).is_some() { arg } else { "multi-platform" };
        let given = self.read_key(key, &codes::BOOLEAN, |value| boolean(value).map(Some));
        if given == Some(false) && platforms > 1 {
            let reason = format!("{platforms} platforms can't be returned as one");
            self.report(key, &codes::PLATFORM_CONFLICT, &reason);
        }
        given.unwrap_or(platforms > 1)
    }

    fn no_cache(&self) -> NoCache {
        match self.get("no-cache") {
            None => NoCache::Off,
            Some("") => NoCache::All,
            Some(stages) => NoCache::Stages(stages.split(',').map(str::to_owned).collect()),
        }
    }

    fn cache_imports(&mut self) -> Vec<CacheImport> {
        let mut imports: Vec<CacheImport> =
            self.read_key("cache-imports", &codes::CACHE_IMPORTS, |json| {
                let entries: Vec<ImportEntry> =
                    serde_json::from_str(json).map_err(|error| error.to_string())?;
                Ok(entries.into_iter().map(CacheImport::from).collect())
            });
        if imports.len() > MOST_ENTRIES {
            self.too_many("cache-imports");
            imports.clear();
        }
        imports.extend(self.entries("cache-from").into_iter().map(|reference| CacheImport {
            kind: "registry".to_owned(),
            attrs: [("ref".to_owned(), reference)].into(),
        }));
        imports
    }

    fn contexts(&mut self) -> Vec<NamedContext> {
        let mut contexts = Vec::new();
        for (key, given) in self.with_prefix("context:") {
            match contexts::named(&key, &given, self.raw) {
                Ok(context) => contexts.push(context),
                Err(reason) => {
                    self.report(&format!("context:{key}"), &codes::CONTEXT, &reason);
                }
            }
        }
        contexts
    }

    fn resources(&mut self) -> Option<LinuxResources> {
        let mut limits = LinuxResources::default();
        for (key, value) in self.raw.iter().filter(|(_, value)| !value.is_empty()) {
            if let Some(Err(reason)) = resources::set(&mut limits, key, value) {
                self.report(key, &codes::RESOURCES, &reason);
            }
        }
        (limits != LinuxResources::default()).then_some(limits)
    }

    /// Proxy arguments in any case. Capitals sort first, so that a lowercase one wins, as it does
    /// in programs that read both.
    fn proxy(&self) -> BTreeMap<String, String> {
        let arguments = self.with_prefix("build-arg:").into_iter();
        let lowercase = arguments.map(|(name, value)| (name.to_ascii_lowercase(), value));
        lowercase.filter(|(name, _)| PROXY_ARGS.contains(&name.as_str())).gather()
    }

    fn sbom(&mut self) -> Option<super::SbomOptions> {
        let mut sbom = None;
        for (kind, row) in attestations::wanted(self.raw) {
            let parsed = attestations::parse(&kind, row);
            let options = self.take(&format!("attest:{kind}"), &codes::ATTESTATION, parsed);
            sbom = sbom.or(options);
        }
        sbom
    }
}

/// A cache import as the client writes it in JSON.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ImportEntry {
    #[serde(default)]
    r#type: String,
    #[serde(default)]
    attrs: Option<BTreeMap<String, String>>,
}

impl From<ImportEntry> for CacheImport {
    fn from(entry: ImportEntry) -> Self {
        CacheImport { kind: entry.r#type, attrs: entry.attrs.unwrap_or_default() }
    }
}

fn boolean(value: &str) -> Result<bool, String> {
    parse_bool(value).ok_or_else(|| format!("`{value}` is neither `true` nor `false`"))
}

fn resolve_mode(value: &str) -> Result<Option<String>, String> {
    match value {
        "default" | "pull" | "local" => Ok(Some(value.to_owned())),
        _ => Err(format!("`{value}` is not `default`, `pull` or `local`")),
    }
}

fn seed(value: &str) -> Result<SeedOption, String> {
    if value == "off" {
        return Ok(SeedOption::Off);
    }
    let image = ImageReference::parse(value).map_err(|error| format!("`{value}`: {error}"))?;
    Ok(SeedOption::Image(image.or_latest()))
}

fn scan_stages(value: Option<&str>) -> ScanStages {
    let Some(value) = value else { return ScanStages::None };
    match parse_bool(value) {
        Some(true) => ScanStages::All,
        Some(false) => ScanStages::None,
        None => ScanStages::Named(value.split(',').map(str::to_owned).collect()),
    }
}

fn required_caps(row: &str) -> Vec<RequiredCap> {
    let caps = row.split(',').filter(|cap| !cap.is_empty());
    let read = |cap: &str| {
        let (name, suffix) = cap.split_once('+').unwrap_or((cap, ""));
        RequiredCap { name: name.to_owned(), may_forward: suffix.starts_with("forward") }
    };
    caps.map(read).collect()
}

/// Reads a value such as `skip=a,b;experimental=all;error=true`.
pub(super) fn check(value: &str) -> Result<CheckOptions, String> {
    let mut check = CheckOptions::default();
    let list = |value: &str| value.split(',').map(|code| code.trim().to_owned()).collect();
    for part in value.trim().split(';') {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        match (key.trim(), value.trim()) {
            ("skip", "all") => check.skip_all = true,
            ("skip", codes) => check.skip = list(codes),
            ("experimental", "all") => check.experimental_all = true,
            ("experimental", codes) => check.experimental = list(codes),
            ("error", value) => check.error = boolean(value)?,
            (key, _) => return Err(format!("`{key}` is not `skip`, `experimental` or `error`")),
        }
    }
    Ok(check)
}
