//! `run`: scripts, argument vectors, script files.

use crate::harness::Project;

fn project(layers: &str) -> Project {
    Project::reporting(&format!(
        "[stage.work]\nfrom = 'busybox'\nlayer = [{{ mkdir = '/out' }}, {layers}]\n"
    ))
}

#[test]
fn a_script_stops_at_the_first_command_that_fails() {
    let project = project("{ run = \"false\\necho late > /out/late\" }");
    let failed = project.build().fails();
    failed.says("exit code: 1").says("strake.toml:4").says(">>>").says("echo late");
}

#[test]
fn a_script_is_the_shells_and_is_never_expanded() {
    let project = project(
        r#"{ env = { NAME = "x" }, run = '''
        for name in a "b c"; do echo "$name-${NAME}-${NONE:-none}" >> /out/lines; done
        echo $((6 * 7)) > /out/number
        ''' }"#,
    );
    let files = project.build().files();
    assert_eq!(files.text("/lines"), "a-x-none\nb c-x-none\n");
    assert_eq!(files.text("/number"), "42\n");
}

#[test]
fn a_vector_goes_through_no_shell() {
    let project = project("{ run = ['/bin/cp', '/bin/busybox', '/out/$HOME *; x'] }");
    assert_eq!(project.build().listing().paths(), ["$HOME *; x"]);
}

#[test]
fn a_vector_is_looked_up_in_the_path() {
    let project = project("{ run = ['touch', '/out/found'] }");
    assert_eq!(project.build().listing().paths(), ["found"]);
}

#[test]
fn a_script_that_names_its_interpreter_is_a_file_of_its_own() {
    let layer = "{ run = '''\n#!/bin/awk -f\nBEGIN { print 6 * 7 > \"/out/answer\" }\n''' }";
    assert_eq!(project(layer).build().files().text("/answer"), "42\n");
    // Without `-e`, which is the shell's business once the script names one.
    let layer = "{ run = '''\n#!/bin/sh\nfalse\necho \"$0\" > /out/name\n''' }";
    assert_eq!(project(layer).build().files().text("/name"), "/dev/strake/run\n");
}

#[test]
fn nothing_of_a_script_stays_in_the_layer() {
    let project = Project::new(
        "[stage.app]\nfrom = 'busybox'\nlayer = [{ run = \"#!/bin/sh\\ntouch /made\\n\" }]\n",
    );
    let layer = project.build().image().last_layer();
    assert!(layer.iter().any(|line| line.ends_with(" made")), "{layer:#?}");
    assert!(!layer.iter().any(|line| line.contains("strake")), "{layer:#?}");
}

#[test]
fn a_script_file_gets_its_arguments() {
    let project = project("{ run = { file = 'scripts/say.sh', args = ['one', '$two *'] } }")
        .put("scripts/say.sh", "false | true\nprintf '%s\\n' \"$0\" \"$@\" > /out/said\n");
    assert_eq!(project.build().files().text("/said"), "scripts/say.sh\none\n$two *\n");
}

#[test]
fn a_script_file_stops_at_errors_and_may_name_its_interpreter() {
    let layer = "{ run = { file = 'x', args = ['one', 'two'] } }";
    project(layer).put("x", "false\ntouch /out/late\n").build().fails().says("exit code: 1");
    let awk = "#!/bin/awk -f\nBEGIN { print ARGV[1] \"+\" ARGV[2] > \"/out/sum\" }\n";
    assert_eq!(project(layer).put("x", awk).build().files().text("/sum"), "one+two\n");
}

#[test]
fn a_script_file_is_known_by_its_text_alone() {
    let project = project("{ run = { file = 'x.sh' } }").put("x.sh", "echo 1 > /out/x\n");
    project.build().warm();
    project.write("other", "changed");
    let project = project.mode("x.sh", 0o755);
    assert_eq!(project.build().trace().executed(), Vec::<&str>::new());
    project.write("x.sh", "echo 2 > /out/x\n");
    assert_eq!(project.build().files().text("/x"), "2\n");
}

#[test]
fn a_script_file_that_is_not_there_is_pointed_at() {
    let failed = project("{ run = { file = 'no/such.sh' } }").build().fails();
    failed.says("`no/such.sh` can't be read: it is not in the build context").says("strake.toml:4");
}

#[test]
fn steps_of_a_layer_build_on_each_other() {
    let project = project(
        "{ name = 'both', env = { A = 'a' }, steps = [
            { run = 'echo $A > /first' },
            { write = { path = '/second', content = 'b' } },
            { run = ['/bin/sh', '-c', 'cat /first /second - < /dev/null > /out/all; echo $A >> /out/all'] },
        ] }",
    );
    assert_eq!(project.build().files().text("/all"), "a\nba\n");
    let trace = project.build().trace();
    trace.vertex("both: run echo $A");
    trace.vertex("both: write /second");
}
