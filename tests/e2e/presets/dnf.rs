//! dnf with a repository of the test's own.

use super::{build, project, unique};
use crate::harness::{Project, Server};

pub(crate) const TOOLS: &str = "layer = [{ apt = ['dnf', 'createrepo-c', 'rpm'] }]";

/// A repository with two packages; the first recommends the second.
const REPOSITORY: &str = r#"
mkdir -p /out/noarch
for name in alpha beta; do
    cat > $name.spec <<END
Name: $name
Version: 1
Release: 1
Summary: A package
License: MIT
BuildArch: noarch
$(test $name = beta || echo 'Recommends: beta')
%description
A package.
%install
mkdir -p %{buildroot}/opt
echo $name > %{buildroot}/opt/$name
%files
/opt/$name
END
    rpmbuild -bb --quiet --define '_rpmdir /out' $name.spec
done
createrepo_c --quiet /out
"#;

/// Makes the repository and serves it.
pub(crate) fn serve() -> Server {
    let layers = format!("{{ run = '''{REPOSITORY}''' }}");
    let made = build(&project(TOOLS, &layers), &unique("word")).files();
    let server = Server::start();
    server.put_directory("", &made.path("/"));
    server
}

fn install(server: &Server, dnf: &str) -> Project {
    let source = format!("[own]\nname=own\nbaseurl={}\ngpgcheck=0\n", server.url(""));
    let layers = format!(
        "{{ write = {{ path = '/etc/yum.repos.d/own.repo', content = '''{source}''' }} }},\n\
         {{ dnf = {dnf}, network = 'host', env = {{ STEP = '${{STEP}}' }} }},\n\
         {{ run = 'ls /opt > /out/found; (ls -A /var/cache/dnf; ls /var/log | grep -E \"dnf|hawkey\") > /out/left || true' }}"
    );
    project(&format!("user = '1000'\n{TOOLS}"), &layers)
}

#[test]
#[ignore = "heavy; always: presets::python::pip"]
fn dnf() {
    let server = serve();
    let namespace = unique("word");
    let run = |dnf: &str| {
        let before = server.requests().len();
        let files = build(&install(&server, dnf), &namespace).arg("--allow=network.host").files();
        assert_eq!(files.text("/left"), "");
        (files.text("/found"), server.requests().split_off(before))
    };
    let fetched = |requests: &[String], name: &str| {
        requests.contains(&format!("GET /noarch/{name}-1-1.noarch.rpm"))
    };
    let (found, first) = run("['alpha']");
    assert_eq!(found, "alpha\n");
    assert!(fetched(&first, "alpha"), "{first:?}");
    let (found, second) = run("{ packages = ['alpha'], recommends = true }");
    assert_eq!(found, "alpha\nbeta\n");
    assert!(fetched(&second, "beta"), "{second:?}");
    assert!(!fetched(&second, "alpha"), "{second:?}");
}
