//! What a command sees besides its file system: secrets, SSH agents, in-memory directories, binds.

use crate::harness::{Agent, Project, engine, unique};

/// A layer that runs a script and has modifiers.
fn layer(modifiers: &str, script: &str) -> Project {
    Project::reporting(&format!(
        "[stage.work]\nfrom = 'busybox'\nworkdir = '/srv'\n\
         [[stage.work.layer]]\nmkdir = '/out'\n\
         [[stage.work.layer]]\n{modifiers}\nrun = '''\n{script}\n'''\n"
    ))
}

#[test]
fn a_secret_is_a_file_with_owner_and_mode() {
    let project = layer(
        "secrets = ['plain', { id = 'placed', target = 'here/file', uid = 5, gid = 6, mode = '0440' }]",
        "cat /run/secrets/plain /srv/here/file > /out/texts
         stat -c '%a %u:%g' /run/secrets/plain /srv/here/file > /out/facts",
    )
    .put("a", "one ")
    .put("b", "two");
    let from = |id: &str, file: &str| {
        format!("--secret=id={id},src={}", project.path().join(file).display())
    };
    let files = project.build().args([from("plain", "a"), from("placed", "b")]).files();
    assert_eq!(files.text("/texts"), "one two");
    assert_eq!(files.text("/facts"), "400 0:0\n440 5:6\n");
}

#[test]
fn a_secret_is_a_variable_and_no_file_unless_that_is_said() {
    let project = layer(
        "secrets = [{ id = 'token', env = 'TOKEN' }, { id = 'both', env = 'BOTH', target = '/both' }]",
        "echo $TOKEN $BOTH $(cat /both) > /out/values
         test ! -e /run/secrets/token",
    );
    let build = project.build().variable("ONE", "1").variable("TWO", "2");
    let files = build.args(["--secret=id=token,env=ONE", "--secret=id=both,env=TWO"]).files();
    assert_eq!(files.text("/values"), "1 2 2\n");
}

#[test]
fn nothing_of_a_secret_stays() {
    let project = Project::new(
        "[stage.app]\nfrom = 'busybox'\n[[stage.app.layer]]\nsecrets = ['token']\n\
         run = 'test -s /run/secrets/token'\n",
    );
    let build = project.build().variable("SECRET", "x").arg("--secret=id=token,env=SECRET");
    let layer = build.image().last_layer();
    assert!(!layer.iter().any(|line| line.contains("secrets")), "{layer:#?}");
}

/// What a secret is does not count for the cache.
#[test]
fn another_secret_runs_nothing_again() {
    let project = layer("secrets = ['token']", "cat /run/secrets/token > /out/x");
    let with = |value: &str| {
        let build = project.build().variable("SECRET", value);
        build.arg("--secret=id=token,env=SECRET")
    };
    with("1").warm();
    assert_eq!(with("2").trace().executed(), Vec::<&str>::new());
}

#[test]
fn a_secret_is_required_unless_said_otherwise() {
    let project = layer("secrets = ['missing']", "true");
    project.build().fails().says("missing: not found").says("strake.toml:");
    let project = layer("secrets = [{ id = 'missing', env = 'MISSING' }]", "true");
    project.build().fails().says("missing: not found").says("strake.toml:");
    let project = layer(
        "secrets = [{ id = 'missing', required = false }, \
         { id = 'other', env = 'OTHER', required = false }]",
        "test ! -e /run/secrets/missing; echo \"<${OTHER-unset}>\" > /out/x",
    );
    assert_eq!(project.build().files().text("/x"), "<>\n");
}

const ASK: &str = r#"
import os, socket
agent = socket.socket(socket.AF_UNIX)
agent.connect(os.environ["SSH_AUTH_SOCK"])
agent.sendall(b"\0\0\0\1\x0b")
length = int.from_bytes(agent.recv(4, socket.MSG_WAITALL), "big")
open("/answer", "wb").write(agent.recv(length, socket.MSG_WAITALL))
facts = os.stat(os.environ["SSH_AUTH_SOCK"])
open("/facts", "w").write("%o %d:%d" % (facts.st_mode & 0o777, facts.st_uid, facts.st_gid))
open("/where", "w").write(os.environ["SSH_AUTH_SOCK"])
"#;

/// Asks the agent for its keys, from within a step.
fn asking(ssh: &str) -> Project {
    let seen = "from = 'work', src = ['/answer', '/facts', '/where'], dest = '/out/'";
    Project::new(&format!(
        "[stage.work]\nfrom = 'debian'\nlayer = [{{ ssh = [{ssh}], \
         run = ['python3', '-c', '''{ASK}'''] }}]\n\
         [stage.seen]\nfrom = 'scratch'\nlayer = [{{ copy = {{ {seen} }} }}]\n"
    ))
}

#[test]
fn an_agent_answers_at_its_socket() {
    let agent = Agent::start("a key of the tests");
    let project = asking("'default'");
    let ssh = format!("--ssh=default={}", agent.socket().display());
    let files = project.build().arg(ssh).arg("--no-cache").files();
    let answer = std::fs::read(files.path("/out/answer")).expect("an answer");
    assert!(String::from_utf8_lossy(&answer).contains("a key of the tests"), "{answer:?}");
    assert_eq!(files.text("/out/facts"), "600 0:0");
    assert_eq!(files.text("/out/where"), "/run/buildkit/ssh_agent.0");
}

#[test]
fn an_agent_has_an_id_and_a_place() {
    let agent = Agent::start("another key");
    let project =
        asking("{ id = 'deploy', target = '/agent.sock', uid = 5, gid = 6, mode = '0666' }");
    let ssh = format!("--ssh=deploy={}", agent.socket().display());
    let files = project.build().arg(ssh).arg("--no-cache").files();
    let answer = std::fs::read(files.path("/out/answer")).expect("an answer");
    assert!(String::from_utf8_lossy(&answer).contains("another key"), "{answer:?}");
    assert_eq!(files.text("/out/facts"), "666 5:6");
    assert_eq!(files.text("/out/where"), "/agent.sock");
}

#[test]
fn an_agent_is_required_unless_said_otherwise() {
    let project = layer("ssh = ['nobody']", "true");
    project.build().fails().says("nobody").says("strake.toml:");
    let project = layer(
        "ssh = [{ id = 'nobody', required = false }]",
        "test ! -S \"$SSH_AUTH_SOCK\"; touch /out/fine",
    );
    assert!(project.build().files().has("/fine"));
}

#[test]
fn a_directory_in_memory_is_empty_and_gone_afterwards() {
    let project = layer(
        "tmpfs = ['/out/memory', { target = '/small', size = '1MiB' }]",
        "echo x > /out/memory/file
         grep -E ' (/out/memory|/small) ' /proc/mounts | cut -d ' ' -f 1,2 > /out/mounts
         dd if=/dev/zero of=/small/big bs=1024 count=2048 2> /dev/null && exit 1
         stat -c %s /small/big > /out/size",
    );
    let files = project.build().files();
    assert_eq!(files.text("/mounts"), "tmpfs /out/memory\ntmpfs /small\n");
    assert_eq!(files.text("/size"), "1048576\n");
    assert!(!files.has("/memory/file"));
}

#[test]
fn binds_of_a_stage_a_context_an_image_and_the_main_context() {
    let project = Project::reporting(&format!(
        "[stage.made]\nfrom = 'busybox'\nlayer = [{{ run = 'mkdir /made; echo 1 > /made/x' }}]\n\
         [stage.work]\nfrom = 'busybox'\nworkdir = '/srv'\n\
         [[stage.work.layer]]\nmkdir = '/out'\n\
         [[stage.work.layer]]\nbinds = [\n\
         {{ from = 'made', src = '/made', target = '/stage' }},\n\
         {{ from = 'extra', target = '/context' }},\n\
         {{ from = '{}', src = 'etc/passwd', target = 'image' }},\n\
         {{ src = 'directory/file', target = '/main' }}]\n\
         run = 'cat /stage/x /context/y /srv/image /main > /out/all'\n",
        engine().busybox()
    ))
    .put("extra/y", "2\n")
    .put("directory/file", "3\n");
    let extra = format!("--build-context=extra={}", project.path().join("extra").display());
    let files = project.build().arg(extra).files();
    let all = files.text("/all");
    assert!(all.starts_with("1\n2\nroot:") && all.ends_with("3\n"), "{all}");
}

#[test]
fn a_bind_is_read_only_unless_said_otherwise_and_what_is_written_is_thrown_away() {
    let project = layer(
        "binds = [{ src = 'directory', target = '/closed' }, \
         { src = 'directory', target = '/open', writable = true }]",
        "touch /closed/x 2> /out/error && exit 1
         echo written > /open/file
         cat /open/file /closed/file > /out/texts",
    )
    .put("directory/file", "before\n");
    let files = project.build().files();
    assert!(files.text("/error").contains("Read-only"), "{}", files.text("/error"));
    assert_eq!(files.text("/texts"), "written\nbefore\n");
    assert_eq!(std::fs::read_to_string(project.path().join("directory/file")).unwrap(), "before\n");
}

/// What is mounted counts, and what lies beside it does not.
#[test]
fn a_bind_is_cached_by_what_is_mounted() {
    let project =
        layer("binds = [{ src = 'directory', target = '/bound' }]", "cp /bound/file /out/file")
            .put("directory/file", "1")
            .put("other", "1");
    project.build().warm();
    project.write("other", unique("word"));
    assert_eq!(project.build().trace().executed(), Vec::<&str>::new());
    let changed = unique("word");
    project.write("directory/file", &changed);
    assert_eq!(project.build().files().text("/file"), changed);
}

#[test]
fn nothing_of_a_mount_stays_in_the_layer() {
    let project = Project::new(
        "[stage.app]\nfrom = 'busybox'\n[[stage.app.layer]]\n\
         binds = [{ src = 'directory', target = '/deep/bound/here' }]\ntmpfs = ['/deep/memory']\n\
         secrets = [{ id = 'x', target = '/deep/secret', required = false }]\n\
         run = 'touch /made'\n",
    )
    .put("directory/file", "x");
    let layer = project.build().image().last_layer();
    assert!(layer.iter().any(|line| line.ends_with(" made")), "{layer:#?}");
    assert!(!layer.iter().any(|line| line.contains("deep")), "{layer:#?}");
}
