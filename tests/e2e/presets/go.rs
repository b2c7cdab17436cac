//! Go: modules out of a directory. The second build does not find there what the first one took.

use super::{files, unique};

/// Two modules as a module proxy has them (<https://go.dev/ref/mod#goproxy-protocol>).
pub(crate) const TOOLS: &str = r#"
env = { GOPROXY = 'file:///proxy', GOSUMDB = 'off', GOFLAGS = '-mod=mod' }
layer = [{ apt = ['golang-go'] }, { run = ['python3', '-c', '''
import os, zipfile
for name in ("alpha", "beta"):
    module = f"example.com/{name}"
    directory = f"/proxy/{module}/@v"
    os.makedirs(directory)
    go_mod = f"module {module}\n\ngo 1.19\n"
    for file, text in (("list", "v1.0.0\n"), ("v1.0.0.info", '{"Version":"v1.0.0"}'), ("v1.0.0.mod", go_mod)):
        open(f"{directory}/{file}", "w").write(text)
    with zipfile.ZipFile(f"{directory}/v1.0.0.zip", "w") as archive:
        archive.writestr(f"{module}@v1.0.0/go.mod", go_mod)
        archive.writestr(f"{module}@v1.0.0/{name}.go", f"package {name}\n\nfunc Name() string {{ return \"{name}\" }}\n")
'''] }]"#;

/// A program that prints the names of modules, built in a way that tells what is compiled.
fn program(modules: &[&str]) -> String {
    let each = |form: &dyn Fn(&str) -> String| -> String {
        modules.iter().map(|module| form(module)).collect()
    };
    let imports = each(&|name| format!("import \"example.com/{name}\"\n"));
    let calls = each(&|name| format!("println({name}.Name());"));
    let requires = each(&|name| format!("require example.com/{name} v1.0.0\n"));
    format!(
        "cat > go.mod <<END\nmodule app\ngo 1.19\n{requires}END\n\
         cat > main.go <<END\npackage main\n{imports}func main() {{ {calls} }}\nEND\n\
         go build -v . 2> /out/log\nGOBIN=/usr/local/bin go install ."
    )
}

#[test]
#[ignore = "heavy; always: presets::python::pip"]
fn go() {
    let namespace = unique("word");
    let build = |script: &str| {
        let files = files(TOOLS, &namespace, ("go", script), "app 2> /out/app");
        (files.text("/log"), files.text("/app"))
    };
    let (first, app) = build(&program(&["alpha"]));
    assert_eq!(app, "alpha\n");
    assert!(first.contains("example.com/alpha\n"), "{first}");

    let second = format!("rm -r /proxy/example.com/alpha\n{}", program(&["alpha", "beta"]));
    let (second, app) = build(&second);
    assert_eq!(app, "alpha\nbeta\n");
    assert!(second.contains("example.com/beta\n"), "{second}");
    assert!(!second.contains("example.com/alpha\n"), "compiled again: {second}");
}
