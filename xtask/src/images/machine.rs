//! The machine's own settings, for the base image: a build step must trust the same certificates
//! and reach the same package indexes as the machine. All of it is read when the image is made;
//! none of it is written down in the project. Settings become files (read by every user and in every
//! stage) and a few variables for tools that read no file.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use toml::{Table, Value};

use crate::cmd;
use crate::engine::sources::{self, KEYRING};

/// Where Debian keeps all trusted certificates in one file.
const BUNDLE: &str = "/etc/ssl/certs/ca-certificates.crt";
const OWN_CERTIFICATES: &str = "/usr/local/share/ca-certificates";
/// The release of the base image.
pub(crate) const SUITE: &str = "bookworm";

/// Files for the image by their path in it, and variables for its config.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Settings {
    /// Contents by path, without the leading slash.
    pub(crate) files: BTreeMap<String, String>,
    /// Variables that must be in the image's config.
    pub(crate) env: BTreeMap<&'static str, String>,
}

impl Settings {
    /// What this machine uses.
    pub(crate) fn read() -> Self {
        let mut settings = Self::default();
        settings.certificates(Path::new(OWN_CERTIFICATES));
        settings.apt();
        let python = PythonIndex::read();
        settings.pip(&python);
        settings.uv(&python);
        settings.npm();
        settings.cargo();
        settings.variables();
        settings
    }

    fn add(&mut self, path: &str, content: String) {
        if !content.is_empty() {
            self.files.insert(path.to_owned(), content);
        }
    }

    /// The machine's own certificates. Some tools bring their own list and must be told.
    fn certificates(&mut self, directory: &Path) {
        let entries = fs::read_dir(directory).into_iter().flatten().flatten();
        for file in entries.map(|entry| entry.path()) {
            let is_certificate = file.extension().is_some_and(|extension| extension == "crt");
            let Some(name) = file.file_name().filter(|_| is_certificate) else { continue };
            if let Ok(content) = fs::read_to_string(&file) {
                self.add(&format!("{}/{}", &OWN_CERTIFICATES[1..], name.display()), content);
            }
        }
        if !self.files.is_empty() {
            for name in ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"] {
                self.env.insert(name, BUNDLE.to_owned());
            }
        }
    }

    /// The mirrors, when the machine is a Debian of any release, and what its apt was told of
    /// proxies and the like.
    fn apt(&mut self) {
        let Some(codename) = sources::codename() else { return };
        let archives = sources::debian(&codename);
        if !archives.is_empty() {
            self.add("etc/apt/sources.list.d/debian.sources", apt_sources(&archives, &codename));
            // The one that debootstrap writes would name the mirror a second time.
            self.add("etc/apt/sources.list", "# See sources.list.d.\n".to_owned());
        }
        let dump = cmd::ask(Command::new("apt-config").arg("dump"), Duration::from_secs(20));
        self.add("etc/apt/apt.conf.d/90machine", apt_options(&dump.unwrap_or_default()));
    }

    fn pip(&mut self, index: &PythonIndex) {
        let mut lines = String::new();
        for (key, value) in [
            ("index-url", index.main.clone().unwrap_or_default()),
            ("extra-index-url", index.more.join(" ")),
            ("trusted-host", index.trusted.join(" ")),
            ("cert", if self.has_certificates() { BUNDLE.to_owned() } else { String::new() }),
        ] {
            if !value.is_empty() {
                lines.push_str(&format!("{key} = {value}\n"));
            }
        }
        if !lines.is_empty() {
            self.add("etc/pip.conf", format!("[global]\n{lines}"));
        }
    }

    /// uv has settings of its own and else follows pip's.
    fn uv(&mut self, index: &PythonIndex) {
        let own = ["UV_CONFIG_FILE"].iter().filter_map(env::var_os).map(PathBuf::from);
        let files = own.chain([home(".config/uv/uv.toml"), "/etc/uv/uv.toml".into()]);
        let mut table = Table::new();
        for file in files {
            let keys = ["index", "index-url", "extra-index-url", "allow-insecure-host"];
            merge(&mut table, pick(&read_table(&file), &keys));
        }
        if let Some(url) = first_var(&["UV_DEFAULT_INDEX", "UV_INDEX_URL"]) {
            table.insert("index-url".to_owned(), url.into());
        }
        if table.is_empty() {
            if let Some(url) = &index.main {
                table.insert("index-url".to_owned(), url.clone().into());
            }
            if !index.more.is_empty() {
                table.insert("extra-index-url".to_owned(), Value::from(index.more.clone()));
            }
        }
        // It finds the machine's certificates by SSL_CERT_FILE; the setting's name has changed.
        self.add("etc/uv/uv.toml", table.to_string());
    }

    /// npm's global file lies at different places in different builds of it.
    fn npm(&mut self) {
        let mut lines = String::new();
        let mut question = Command::new("npm");
        question.args(["config", "get", "registry"]).current_dir("/");
        if let Some(url) = cmd::ask(&mut question, Duration::from_secs(30)) {
            lines.push_str(&format!("registry={}\n", url.trim()));
        }
        if self.has_certificates() {
            lines.push_str(&format!("cafile={BUNDLE}\n"));
        }
        for path in ["etc/npmrc", "usr/etc/npmrc", "usr/local/etc/npmrc"] {
            self.add(path, lines.clone());
        }
    }

    /// cargo looks for settings in every directory above the one it works in, the root included.
    fn cargo(&mut self) {
        let directory = env::var_os("CARGO_HOME").map_or_else(|| home(".cargo"), PathBuf::from);
        let mut table = Table::new();
        for name in ["config", "config.toml"] {
            let keys = ["source", "registries", "registry"];
            merge(&mut table, pick(&read_table(&directory.join(name)), &keys));
        }
        // Credentials are for publishing; directories of this machine mean nothing in a build.
        table.retain(|_, value| !value.to_string().contains("directory ="));
        self.add(".cargo/config.toml", table.to_string());
    }

    /// Indexes that are only known from variables.
    fn variables(&mut self) {
        for name in ["UV_INDEX", "GOPROXY", "GOSUMDB", "GONOSUMDB"] {
            if let Some(value) = first_var(&[name]) {
                self.env.insert(name, value);
            }
        }
    }

    fn has_certificates(&self) -> bool {
        self.env.contains_key("SSL_CERT_FILE")
    }
}

/// The index that this machine takes Python packages from.
pub(crate) fn python_index() -> String {
    PythonIndex::read().main.unwrap_or_else(|| "https://pypi.org/simple".to_owned())
}

/// The Python package index, as pip was told in files and variables.
#[derive(Debug, Default, PartialEq, Eq)]
struct PythonIndex {
    main: Option<String>,
    more: Vec<String>,
    trusted: Vec<String>,
}

impl PythonIndex {
    fn read() -> Self {
        let mut question = Command::new("python3");
        question.args(["-m", "pip", "config", "list"]).current_dir("/");
        let listed = cmd::ask(&mut question, Duration::from_secs(30)).unwrap_or_default();
        // Without pip on the machine, its variables still mean something to a build.
        let mut lines: Vec<String> = listed.lines().map(str::to_owned).collect();
        for key in ["index_url", "extra_index_url", "trusted_host"] {
            if let Ok(value) = env::var(format!("PIP_{}", key.to_uppercase())) {
                lines.push(format!(":env:.{}='{value}'", key.replace('_', "-")));
            }
        }
        Self::parse(lines.iter().map(String::as_str))
    }

    /// Lines such as `global.index-url='https://...'`; the last one of a key counts.
    fn parse<'a>(lines: impl Iterator<Item = &'a str>) -> Self {
        let mut index = Self::default();
        for line in lines {
            let Some((key, value)) = line.split_once('=') else { continue };
            let value = value.trim_matches(['\'', '"']).replace("\\n", " ");
            let words = || value.split_whitespace().map(str::to_owned).collect();
            match key.rsplit('.').next() {
                Some("index-url") => index.main = Some(value.trim().to_owned()),
                Some("extra-index-url") => index.more = words(),
                Some("trusted-host") => index.trusted = words(),
                _ => {}
            }
        }
        index
    }
}

/// The machine's archives as sources of the base image's release.
fn apt_sources(archives: &[sources::Source], codename: &str) -> String {
    let stanza = |source: &sources::Source| {
        let suites: Vec<String> =
            source.suites.iter().map(|suite| suite.replacen(codename, SUITE, 1)).collect();
        format!(
            "Types: deb\nURIs: {}\nSuites: {}\nComponents: {}\nSigned-By: {KEYRING}\n",
            source.uri,
            suites.join(" "),
            source.components.join(" ")
        )
    };
    archives.iter().map(stanza).collect::<Vec<_>>().join("\n")
}

/// What a network or a frozen mirror asks of apt, out of `apt-config dump`.
fn apt_options(dump: &str) -> String {
    const WANTED: [&str; 5] = [
        "Acquire::http::Proxy",
        "Acquire::https::Proxy",
        "Acquire::Check-",
        "Acquire::Max-FutureTime",
        "Acquire::https::Verify-",
    ];
    let wanted = |line: &&str| WANTED.iter().any(|key| line.starts_with(key));
    dump.lines().filter(wanted).map(|line| format!("{line}\n")).collect()
}

fn home(path: &str) -> PathBuf {
    Path::new(&env::var_os("HOME").unwrap_or_default()).join(path)
}

fn first_var(names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| env::var(name).ok().filter(|value| !value.is_empty()))
}

fn read_table(file: &Path) -> Table {
    fs::read_to_string(file).ok().and_then(|text| text.parse().ok()).unwrap_or_default()
}

fn pick(table: &Table, keys: &[&str]) -> Table {
    let wanted = |(key, _): &(&String, &Value)| keys.contains(&key.as_str());
    table.iter().filter(wanted).map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// Adds what is missing: the first file that says something counts.
fn merge(table: &mut Table, more: Table) {
    for (key, value) in more {
        table.entry(key).or_insert(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pip_settings_are_read_from_its_own_list() {
        let lines = [
            "global.index-url='https://one.example/simple'",
            "global.extra-index-url='\\nhttps://two.example\\nhttps://three.example'",
            ":env:.index-url='https://zero.example/simple'",
            ":env:.find-links='/somewhere'",
        ];
        let index = PythonIndex::parse(lines.into_iter());
        assert_eq!(index.main.as_deref(), Some("https://zero.example/simple"));
        assert_eq!(index.more, ["https://two.example", "https://three.example"]);
        assert!(index.trusted.is_empty());
    }

    #[test]
    fn apt_sources_follow_the_release_of_the_image() {
        let source = sources::Source {
            uri: "http://mirror.example/debian".to_owned(),
            suites: vec!["trixie".to_owned(), "trixie-updates".to_owned()],
            components: vec!["main".to_owned()],
        };
        let text = apt_sources(&[source], "trixie");
        assert!(text.contains("Suites: bookworm bookworm-updates\n"), "{text}");
    }

    #[test]
    fn only_what_concerns_the_network_is_taken_from_apt() {
        let dump = "Acquire::http::Proxy \"http://proxy.example\";\n\
                    Acquire::Check-Date \"false\";\nAcquire::Languages \"none\";\nDir \"/\";\n";
        assert_eq!(
            apt_options(dump),
            "Acquire::http::Proxy \"http://proxy.example\";\nAcquire::Check-Date \"false\";\n"
        );
    }

    #[test]
    fn certificates_bring_the_variables_that_name_the_bundle() {
        let directory = env::temp_dir().join(format!("strake-certificates-{}", std::process::id()));
        fs::create_dir_all(&directory).unwrap();
        fs::write(directory.join("own.crt"), "PEM").unwrap();
        fs::write(directory.join("own.txt"), "no").unwrap();
        let mut settings = Settings::default();
        settings.certificates(&directory);
        fs::remove_dir_all(&directory).unwrap();
        assert_eq!(
            settings.files.keys().collect::<Vec<_>>(),
            ["usr/local/share/ca-certificates/own.crt"]
        );
        assert_eq!(settings.env["SSL_CERT_FILE"], BUNDLE);
    }
}
