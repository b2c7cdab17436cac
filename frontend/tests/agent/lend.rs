//! Archives that are lent to a command, and what else the program does around one. The package manager is a script.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

const SUM: &str = "example.com/Dep v1.0.0 h1:abc=\nexample.com/Dep v1.0.0/go.mod h1:def=\n";

/// What Go does with a module that a build needs.
const GO: &str = "d=$HOME/go/pkg/mod/cache/download/example.com/!dep/@v; \
    if [ ! -e $d/v1.0.0.zip ] || [ ! -e $d/v1.0.0.ziphash ]; then \
      mkdir -p $d; echo archive > $d/v1.0.0.zip; printf h1:abc= > $d/v1.0.0.ziphash; echo fetched; fi; \
    mkdir -p $HOME/go/pkg/mod/example.com/!dep@v1.0.0; cat $d/v1.0.0.zip > $HOME/go/pkg/mod/example.com/!dep@v1.0.0/a";

/// What cargo does.
const CARGO: &str = "d=$HOME/.cargo/registry; \
    if [ ! -s $d/cache/r-1/dep-1.0.0.crate ]; then \
      mkdir -p $d/cache/r-1; echo crate > $d/cache/r-1/dep-1.0.0.crate; echo fetched; fi; \
    mkdir -p $d/src/r-1/dep-1.0.0; cat $d/cache/r-1/dep-1.0.0.crate > $d/src/r-1/dep-1.0.0/a";

/// A project, a mount, and the home directories of steps.
struct Case {
    directory: TempDir,
}

impl Case {
    fn new() -> Self {
        let case = Case { directory: TempDir::new().unwrap() };
        for directory in ["mount", "project/below"] {
            fs::create_dir_all(case.path(directory)).unwrap();
        }
        let digest = Sha256::digest(b"crate\n");
        let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let lock = format!(
            "version = 4\n\n[[package]]\nname = \"dep\"\nversion = \"1.0.0\"\nchecksum = \"{digest}\"\n"
        );
        fs::write(case.path("project/below/Cargo.lock"), lock).unwrap();
        fs::write(case.path("project/go.sum"), SUM).unwrap();
        case
    }

    fn path(&self, path: &str) -> PathBuf {
        self.directory.path().join(path)
    }

    /// A command with a home directory of its own.
    fn command(&self, home: &str, script: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_strake"));
        fs::create_dir_all(self.path(home)).unwrap();
        let mount = self.path("mount");
        let lend = format!("go.sum makes {0}\nCargo.lock makes {0}\n", mount.display());
        command.args(["run", "sh", "-c", script]).current_dir(self.path("project"));
        command.env("HOME", self.path(home)).env("STRAKE_LEND", lend);
        for name in ["GOPATH", "GOMODCACHE", "CARGO_HOME"] {
            command.env_remove(name);
        }
        command
    }

    /// What it says.
    fn run(&self, home: &str, script: &str) -> String {
        let output = self.command(home, script).output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// The entries of a directory, with what is in them.
    fn tree(&self, directory: &str) -> Vec<(PathBuf, Option<Vec<u8>>)> {
        let (mut found, mut next) = (Vec::new(), vec![self.path(directory)]);
        while let Some(path) = next.pop() {
            for entry in fs::read_dir(&path).unwrap() {
                let path = entry.unwrap().path();
                let content = if path.is_dir() { None } else { Some(fs::read(&path).unwrap()) };
                found.push((path.strip_prefix(self.path(directory)).unwrap().to_owned(), content));
                next.extend(path.is_dir().then_some(path));
            }
        }
        found.sort();
        found
    }

    fn archives(&self) -> Vec<PathBuf> {
        let files = self.tree("mount").into_iter().filter(|(_, content)| content.is_some());
        files.map(|(path, _)| path).collect()
    }
}

#[test]
fn what_one_command_fetched_another_finds() {
    for tool in [GO, CARGO] {
        let case = Case::new();
        assert_eq!(case.run("first", tool), "fetched\n");
        assert_eq!(case.run("second", tool), "");
        assert_eq!(case.tree("first"), case.tree("second"));
        assert!(!case.archives().is_empty());
    }
}

#[test]
fn what_has_no_use_is_not_there_afterwards() {
    let case = Case::new();
    case.run("first", GO);
    case.run("first", CARGO);
    let kept = case.archives();
    assert_eq!(kept.len(), 3, "{kept:?}");
    let seen = case.run(
        "second",
        "find $HOME -type f | wc -l; env | grep -cE '^STRAKE_(LEAD|LEND|SETTLE)=' || true",
    );
    assert_eq!(seen.split_whitespace().collect::<Vec<_>>(), ["3", "0"]);
    assert_eq!(case.tree("second"), []);
    assert_eq!(case.archives(), kept);
    // What is there is neither replaced nor removed.
    fs::create_dir_all(case.path("third/.cargo/registry/cache/r-1")).unwrap();
    fs::create_dir_all(case.path("third/go/pkg")).unwrap();
    fs::write(case.path("third/.cargo/registry/cache/r-1/dep-1.0.0.crate"), "own").unwrap();
    let before = case.tree("third");
    case.run("third", "true");
    assert_eq!(case.tree("third"), before);
}

/// A file system without times of access tells nothing of it: then it goes by what is unpacked.
#[test]
fn what_is_read_stays() {
    let case = Case::new();
    case.run("first", CARGO);
    let probe = case.path("probe");
    fs::write(&probe, "x").unwrap();
    let long_ago = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1);
    let times = fs::FileTimes::new().set_accessed(long_ago);
    fs::File::options().write(true).open(&probe).unwrap().set_times(times).unwrap();
    fs::read(&probe).unwrap();
    let tells = fs::metadata(&probe).unwrap().accessed().unwrap() != long_ago;
    case.run("second", "cat $HOME/.cargo/registry/cache/r-1/* > /dev/null");
    assert_eq!(case.path("second/.cargo/registry/cache/r-1/dep-1.0.0.crate").exists(), tells);
}

#[test]
fn what_is_not_what_a_lock_names_is_not_lent() {
    for (tool, archive) in [
        (GO, "archives/cache/download/example.com/!dep/@v/v1.0.0.zip"),
        (CARGO, "archives/registry/cache/r-1/dep-1.0.0.crate"),
    ] {
        let case = Case::new();
        case.run("first", tool);
        let archive = case.path("mount").join(archive);
        let good = fs::read(&archive).unwrap();
        fs::write(&archive, "bad").unwrap();
        assert_eq!(case.run("second", tool), "fetched\n");
        assert_eq!(case.tree("first"), case.tree("second"));
        assert_eq!(fs::read(&archive).unwrap(), good, "fixed");
        // A pipe would be waited for.
        fs::remove_file(&archive).unwrap();
        assert!(Command::new("mkfifo").arg(&archive).status().unwrap().success());
        assert_eq!(case.run("third", tool), "fetched\n");
    }
}

/// A mount is filled by others, too: what they put there leads nowhere else.
#[test]
fn links_in_a_mount_are_not_followed() {
    for (tool, link) in
        [(GO, "archives/cache/download/example.com"), (CARGO, "archives/registry/cache")]
    {
        let case = Case::new();
        case.run("first", tool);
        fs::rename(case.path("mount").join(link), case.path("elsewhere")).unwrap();
        std::os::unix::fs::symlink(case.path("elsewhere"), case.path("mount").join(link)).unwrap();
        let before = case.tree("elsewhere");
        let output = case.command("second", tool).output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), "fetched\n");
        assert!(String::from_utf8(output.stderr).unwrap().contains("is not a directory"));
        assert_eq!(case.tree("elsewhere"), before);
    }
}

/// Some remove the archives and keep what is unpacked, for the size of the image.
#[test]
fn of_what_is_unpacked_already_no_archive_is_there() {
    let case = Case::new();
    case.run("first", GO);
    fs::create_dir_all(case.path("second/go/pkg/mod/example.com/!dep@v1.0.0")).unwrap();
    case.run("second", "true");
    assert!(!case.path("second/go/pkg/mod/cache").exists());
}

#[test]
fn a_lock_that_names_another_digest_gets_nothing() {
    let case = Case::new();
    case.run("first", GO);
    fs::write(case.path("project/go.sum"), SUM.replace("abc", "xyz")).unwrap();
    assert_eq!(case.run("second", GO), "fetched\n");
    fs::write(case.path("project/go.sum"), "../../x v1 h1:abc=\n/x v1 h1:abc=\n").unwrap();
    assert_eq!(case.run("third", "ls -A $HOME"), "");
}

/// The command makes it, and would fail where it is there.
#[test]
fn a_home_is_not_made_before_a_command_that_may_make_it() {
    let case = Case::new();
    let keeps = |home: &str, script: &str| {
        let mut command = case.command(home, script);
        let lend = format!("Cargo.lock keeps {}\n", case.path("mount").display());
        let output = command.env("STRAKE_LEND", lend).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let script = format!("mkdir $HOME/.cargo && {CARGO}");
    assert_eq!(keeps("first", &script), "fetched\n");
    assert_eq!(keeps("second", &script), "fetched\n");
    assert!(!case.archives().is_empty(), "what is fetched is taken");
    fs::create_dir_all(case.path("third/.cargo")).unwrap();
    assert_eq!(keeps("third", CARGO), "");
}

#[test]
fn nothing_of_it_fails_a_command() {
    let case = Case::new();
    case.run("first", CARGO);
    fs::write(case.path("file"), "").unwrap();
    let mut command = case.command("second", CARGO);
    let nowhere = format!("Cargo.lock makes {}\n", case.path("file").display());
    let output = command.env("STRAKE_LEND", nowhere).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "fetched\n");
    assert!(String::from_utf8(output.stderr).unwrap().contains("are not kept for other builds"));
    let output = case.command("third", CARGO).env("STRAKE_LEND", "what").output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn a_tool_is_not_led_away_from_what_the_image_has() {
    let case = Case::new();
    let led = |home: &str| {
        let mut command =
            case.command(home, "echo $OPTS; env | grep -cE '^STRAKE_(LEAD|LEND|SETTLE)=' || true");
        let output = command.env("OPTS", "own").env("STRAKE_LEAD", ".m2/x\nOPTS=a=b c").output();
        String::from_utf8(output.unwrap().stdout).unwrap()
    };
    assert_eq!(led("none"), "a=b c\n0\n");
    fs::create_dir_all(case.path("empty/.m2/x")).unwrap();
    assert_eq!(led("empty"), "a=b c\n0\n");
    fs::create_dir_all(case.path("some/.m2/x/y")).unwrap();
    assert_eq!(led("some"), "own\n0\n");
    fs::create_dir_all(case.path("link/.m2")).unwrap();
    std::os::unix::fs::symlink("y", case.path("link/.m2/x")).unwrap();
    assert_eq!(led("link"), "own\n0\n");
}

fn ended(case: &Case, script: &str) -> Option<i32> {
    case.command("home", script).output().unwrap().status.code()
}

#[test]
fn the_command_ends_as_it_ends() {
    let case = Case::new();
    assert_eq!(ended(&case, "exit 3"), Some(3));
    assert_eq!(ended(&case, "kill -9 $$"), Some(137));
    assert_eq!(ended(&case, "(exit 5) & exit 0"), Some(0));
    let mut none = Command::new(env!("CARGO_BIN_EXE_strake"));
    assert_eq!(none.args(["run", "/no/such"]).output().unwrap().status.code(), Some(127));
    let mut nothing = Command::new(env!("CARGO_BIN_EXE_strake"));
    assert_eq!(nothing.arg("run").output().unwrap().status.code(), Some(2));
}

/// In a container the program is the first process, to which all fall whose parents are gone.
#[test]
fn what_the_command_leaves_behind_is_ended() {
    let case = Case::new();
    let first = |script: &str| -> Output {
        let inner = case.command("home", script);
        let mut outer = Command::new("unshare");
        outer.args(["--user", "--map-root-user", "--pid", "--fork", "--mount-proc"]);
        outer.arg(inner.get_program()).args(inner.get_args());
        outer.env("HOME", case.path("home")).current_dir(case.path("project")).output().unwrap()
    };
    // One that writes on and on; it hears no polite word.
    let late = case.path("late");
    let script = format!(
        "(trap '' TERM HUP; while :; do echo x >> {}; sleep 0.1; done) > /dev/null 2>&1 & sleep 0.3",
        late.display()
    );
    let output = first(&script);
    assert!(output.status.success(), "{output:?}");
    let size = |path: &Path| fs::metadata(path).unwrap().len();
    let before = size(&late);
    std::thread::sleep(std::time::Duration::from_millis(400));
    assert_eq!(size(&late), before);
    // Who waits for one of those to be gone does not wait for ever.
    let output = first(
        "sh -c 'sleep 0.1 & echo $!' > pid; while kill -0 $(cat pid) 2> /dev/null; do sleep 0.05; done; exit 4",
    );
    assert_eq!(output.status.code(), Some(4), "{output:?}");
}
