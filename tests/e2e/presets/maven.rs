//! Maven with a repository of the test's own. Parents and imported lists of versions are resolved
//! before anything is built, so no plugin is needed.

use super::{build, project, unique};
use crate::harness::Server;

/// The alternatives system of Debian wants a directory that slim images lack.
pub(crate) const TOOLS: &str = "layer = [{ mkdir = '/usr/share/man/man1' }, { apt = ['maven'] }]";

fn pom(name: &str, more: &str) -> String {
    format!(
        "<project><modelVersion>4.0.0</modelVersion><groupId>org.example</groupId>\
         <artifactId>{name}</artifactId><version>1</version><packaging>pom</packaging>{more}</project>"
    )
}

fn coordinates(name: &str) -> String {
    format!("<groupId>org.example</groupId><artifactId>{name}</artifactId><version>1</version>")
}

#[test]
#[ignore = "heavy; always: presets::python::pip"]
fn maven() {
    let server = Server::start();
    let path = |name: &str| format!("/org/example/{name}/1/{name}-1.pom");
    for name in ["alpha", "beta"] {
        server.put(&path(name), pom(name, ""));
    }
    let namespace = unique("word");
    let app = |more: &str| {
        let parent = format!("<parent>{}</parent>", coordinates("alpha"));
        let url = server.url("");
        let place = format!(
            "<repositories><repository><id>own</id><url>{url}</url></repository></repositories>"
        );
        let layers = "{ inputs = ['pom.xml'], uses = ['maven'], network = 'host', \
             env = { STEP = '${STEP}' }, run = 'mvn --batch-mode validate' }";
        let tools = format!("{TOOLS}\nenv = {{ MAVEN_OPTS = '-Xmx200m' }}");
        let before = server.requests().len();
        let project = project(&tools, layers).put("pom.xml", pom("app", &(parent + &place + more)));
        let files = build(&project, &namespace).arg("--allow=network.host").files();
        assert!(files.log.contains("BUILD SUCCESS"), "{}", files.log);
        server.requests().split_off(before)
    };
    let fetched = |requests: &[String], name| requests.contains(&format!("GET {}", path(name)));
    let first = app("");
    assert!(fetched(&first, "alpha"), "{first:?}");
    let import = format!(
        "<dependencyManagement><dependencies><dependency>{}<type>pom</type><scope>import</scope>\
         </dependency></dependencies></dependencyManagement>",
        coordinates("beta")
    );
    let second = app(&import);
    assert!(fetched(&second, "beta"), "{second:?}");
    assert!(!fetched(&second, "alpha"), "{second:?}");
}
