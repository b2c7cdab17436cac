//! Commands on compiled output. The build tool is a script: it compiles a source by copying it where that is
//! newer than what was made of it, and says so.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, SystemTime};

use tempfile::TempDir;

use crate::support::is_root;

const MAKE: &str = "for s in src/*.c; do o=out/${s##*/}; \
                    if [ ! -e $o ] || [ $s -nt $o ]; then cat $s > $o; echo $s; fi; done";

/// A checkout of a project, and the mount in it.
struct Project {
    directory: TempDir,
}

impl Project {
    fn new() -> Self {
        let project = Project { directory: TempDir::new().unwrap() };
        fs::create_dir(project.path("src")).unwrap();
        fs::create_dir(project.path("out")).unwrap();
        project
    }

    fn path(&self, path: &str) -> std::path::PathBuf {
        self.directory.path().join(path)
    }

    /// A source that was checked out some seconds ago, in another checkout.
    fn put(&self, name: &str, text: &str, ago: u64) {
        let path = self.path(&format!("src/{name}"));
        let _ = fs::remove_file(&path);
        fs::write(&path, text).unwrap();
        date(&path, ago);
    }

    fn command(&self, script: &str) -> Command {
        let root = self.directory.path().display();
        let mut command = Command::new(env!("CARGO_BIN_EXE_strake"));
        let said = format!("compiled {root}/out\nsource {root}\nother {root}/out\n");
        command.args(["run", "sh", "-c", script]).env("STRAKE_SETTLE", said);
        command.current_dir(&self.directory);
        command
    }

    fn run(&self, script: &str) -> Output {
        self.command(script).output().unwrap()
    }

    /// Which sources are compiled.
    fn make(&self) -> String {
        let output = self.run(MAKE);
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap().replace("src/", "").replace('\n', " ")
    }

    fn made(&self, name: &str) -> String {
        fs::read_to_string(self.path(&format!("out/{name}"))).unwrap()
    }
}

fn date(path: &Path, ago: u64) {
    let time = SystemTime::now() - Duration::from_secs(ago);
    fs::File::open(path).unwrap().set_modified(time).unwrap();
}

fn modified(path: &Path) -> SystemTime {
    fs::symlink_metadata(path).unwrap().modified().unwrap()
}

#[test]
fn what_differs_in_content_is_compiled_and_nothing_else() {
    let project = Project::new();
    project.put("a.c", "a", 50);
    project.put("b.c", "b", 50);
    assert_eq!(project.make(), "a.c b.c ");
    assert_eq!(project.make(), "");
    // Another checkout: one that is older than what is made, one that is the same and newer.
    project.put("a.c", "A", 100);
    project.put("b.c", "b", 0);
    assert_eq!(project.make(), "a.c ");
    assert_eq!((project.made("a.c"), project.made("b.c")), ("A".into(), "b".into()));
    // And the first one again, and again the other.
    for text in ["a", "A"] {
        project.put("a.c", text, 50);
        assert_eq!(project.make(), "a.c ");
        assert_eq!(project.made("a.c"), text);
        assert_eq!(project.make(), "");
    }
}

#[test]
fn times_are_set_back_and_the_command_sees_nothing() {
    let project = Project::new();
    project.put("a.c", "a", 50);
    assert_eq!(project.make(), "a.c ");
    project.put("a.c", "A", 100);
    let before = modified(&project.path("src/a.c"));
    let output = project.run("ls -A out; env | grep ^STRAKE_SETTLE");
    let output = String::from_utf8(output.stdout).unwrap();
    assert!(output == "a.c\n", "{output}");
    assert_eq!(modified(&project.path("src/a.c")), before);
    assert!(project.path("out/.strake-sources").exists());
    // What the command changed stays as it made it.
    project.put("c.c", "c", 100);
    let began = SystemTime::now() - Duration::from_secs(1);
    project.run("echo x >> src/c.c");
    assert!(modified(&project.path("src/c.c")) > began);
}

#[test]
fn a_failure_changes_nothing_and_a_kill_makes_all_sources_new() {
    let project = Project::new();
    project.put("a.c", "a", 50);
    project.put("b.c", "b", 50);
    assert_eq!(project.make(), "a.c b.c ");
    project.put("a.c", "A", 100);
    assert_eq!(project.run("exit 7").status.code(), Some(7));
    assert_eq!(project.make(), "a.c ");
    project.put("b.c", "B", 100);
    // It was made of another source, and nobody has written down of which.
    let killed = project.run("cat src/b.c > out/b.c; kill -9 $PPID");
    assert!(!killed.status.success());
    project.put("b.c", "b", 100);
    assert_eq!(project.make(), "a.c b.c ");
    assert_eq!(project.made("b.c"), "b");
    let signalled = project.run("kill -15 $$").status;
    assert_eq!(signalled.code(), Some(128 + 15));
    let missing = project.command("").args(["x"]).status();
    assert!(missing.is_ok());
}

#[test]
fn what_others_wrote_is_not_trusted() {
    let project = Project::new();
    project.put("a.c", "a", 50);
    assert_eq!(project.make(), "a.c ");
    // A step that is not run this way, with another source.
    fs::write(project.path("out/a.c"), "other").unwrap();
    assert_eq!(project.make(), "a.c ");
    assert_eq!(project.made("a.c"), "a");
    fs::write(project.path("out/.strake-sources"), "nonsense").unwrap();
    assert_eq!(project.make(), "a.c ");
    assert_eq!(project.make(), "");
}

#[test]
fn a_source_that_was_away_is_new() {
    let project = Project::new();
    project.put("a.c", "a", 50);
    project.put("b.c", "b", 50);
    assert_eq!(project.make(), "a.c b.c ");
    fs::remove_file(project.path("src/b.c")).unwrap();
    assert_eq!(project.make(), "");
    project.put("b.c", "b", 50);
    assert_eq!(project.make(), "b.c ");
}

/// Directories by the names in them, links by where they lead, and files of several names once.
#[test]
fn directories_links_and_names_count() {
    let project = Project::new();
    project.put("a.c", "a", 50);
    let script =
        "for s in src src/l src/n; do [ $s -nt out/made ] && echo $s; done; touch out/made";
    let newer = || String::from_utf8(project.run(script).stdout).unwrap().replace('\n', " ");
    symlink("a.c", project.path("src/l")).unwrap();
    fs::hard_link(project.path("src/a.c"), project.path("src/n")).unwrap();
    // Nothing is newer than what is not there.
    assert_eq!((newer(), newer()), (String::new(), String::new()));
    project.put("b.c", "b", 50);
    assert_eq!(newer(), "src ");
    // The same names, another time.
    date(&project.path("src"), 0);
    assert_eq!(newer(), "");
}

/// Times of other users' files can't be set: where that would do harm, nothing is kept.
#[test]
fn a_time_that_cannot_be_set_empties_the_mount() {
    use std::os::unix::fs::{PermissionsExt as _, chown};
    use std::os::unix::process::CommandExt as _;
    if !is_root() {
        return;
    }
    let project = Project::new();
    fs::set_permissions(project.directory.path(), fs::Permissions::from_mode(0o755)).unwrap();
    chown(project.path("out"), Some(65_534), Some(65_534)).unwrap();
    let make = || {
        let output = project.command(MAKE).uid(65_534).gid(65_534).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    project.put("a.c", "a", 50);
    project.put("b.c", "b", 50);
    assert_eq!(make().0, "src/a.c\nsrc/b.c\n");
    assert_eq!(make().0, "");
    project.put("a.c", "A", 100);
    let (made, said) = make();
    assert_eq!(made, "src/a.c\nsrc/b.c\n");
    assert!(said.contains("compiled output is discarded: the time of "), "{said}");
    assert_eq!(make().0, "");
}

/// Who can't write to the mount makes nothing of any source.
#[test]
fn a_mount_that_cannot_be_written_is_left_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    use std::os::unix::process::CommandExt as _;
    if !is_root() {
        return;
    }
    let project = Project::new();
    for path in ["", "out"] {
        fs::set_permissions(project.path(path), fs::Permissions::from_mode(0o755)).unwrap();
    }
    project.put("a.c", "a", 50);
    assert_eq!(project.make(), "a.c ");
    let mut command = project.command("cat out/a.c");
    let output = command.uid(65_534).gid(65_534).output().unwrap();
    assert_eq!(output.stdout, b"a", "{output:?}");
    assert_eq!(project.make(), "");
}

/// Two checkouts at the same time take turns, and each makes its own.
#[test]
fn commands_take_turns() {
    let project = Project::new();
    project.put("a.c", "a", 50);
    let script = "[ ! -e out/busy ] && touch out/busy && sleep 0.3 && rm out/busy";
    let mut runs: Vec<_> = (0..3).map(|_| project.command(script).spawn().unwrap()).collect();
    assert!(runs.iter_mut().all(|run| run.wait().unwrap().success()));
}
