"""Makes indexes of packages p01, p02, ... in a directory, for every package manager its own: URL DIRECTORY COUNT."""

import base64
import gzip
import hashlib
import io
import json
import os
import sys
import tarfile
import zipfile

URL, DIRECTORY, COUNT = sys.argv[1], sys.argv[2], int(sys.argv[3])
NAMES = [f"p{number:02}" for number in range(1, COUNT + 1)]


def put(path, content):
    path = os.path.join(DIRECTORY, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(content if isinstance(content, bytes) else content.encode())


def noise(name):
    """100 kB that do not compress, the same in every run."""
    blocks = [hashlib.sha512(f"{name}{number}".encode()).digest() for number in range(1600)]
    return base64.b64encode(b"".join(blocks))


def zipped(files):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zip_file:
        for path, text in files.items():
            zip_file.writestr(zipfile.ZipInfo(path), text)
    return archive.getvalue()


def tarred(files):
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for path, content in files.items():
            content = content if isinstance(content, bytes) else content.encode()
            info = tarfile.TarInfo(path)
            info.size, info.mode = len(content), 0o644
            tar.addfile(info, io.BytesIO(content))
    return gzip.compress(archive.getvalue(), mtime=0)


def python(name):
    wheel, info = f"{name}-1.0-py3-none-any.whl", f"{name}-1.0.dist-info"
    files = {
        f"{name}.py": f"NOISE = {noise(name)!r}\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files[f"{info}/RECORD"] = "".join(f"{path},,\n" for path in [*files, f"{info}/RECORD"])
    archive = zipped(files)
    digest = hashlib.sha256(archive).hexdigest()
    put(f"simple/{name}/{wheel}", archive)
    put(f"simple/{name}/index.html", f'<a href="{wheel}#sha256={digest}">{wheel}</a>\n')


def node(name):
    manifest = {"name": name, "version": "1.0.0", "main": "index.js"}
    archive = tarred({
        "package/package.json": json.dumps(manifest),
        "package/index.js": f"module.exports = '{name}';\n",
        "package/noise": noise(name),
    })
    dist = {
        "tarball": f"{URL}/npm-files/{name}-1.0.0.tgz",
        "integrity": "sha512-" + base64.b64encode(hashlib.sha512(archive).digest()).decode(),
        "shasum": hashlib.sha1(archive).hexdigest(),
    }
    put(f"npm-files/{name}-1.0.0.tgz", archive)
    put(f"npm/{name}", json.dumps({
        "name": name, "dist-tags": {"latest": "1.0.0"}, "versions": {"1.0.0": {**manifest, "dist": dist}},
    }))


def rust(name):
    directory = f"{name}-1.0.0"
    archive = tarred({
        f"{directory}/Cargo.toml": f'[package]\nname = "{name}"\nversion = "1.0.0"\nedition = "2021"\n',
        f"{directory}/src/lib.rs": f'pub fn name() -> &\'static str {{ "{name}" }}\n',
        f"{directory}/noise": noise(name),
    })
    put(f"crates/files/{name}/1.0.0", archive)
    digest = hashlib.sha256(archive).hexdigest()
    put(f"crates/index/3/p/{name}", json.dumps({
        "name": name, "vers": "1.0.0", "deps": [], "features": {}, "yanked": False, "cksum": digest,
    }) + "\n")
    put(f"locks/Cargo.lock/{name}", (
        f'\n[[package]]\nname = "{name}"\nversion = "1.0.0"\n'
        f'source = "registry+https://github.com/rust-lang/crates.io-index"\nchecksum = "{digest}"\n'
    ))


def go(name):
    module = f"example.com/{name}"
    go_mod = f"module {module}\n\ngo 1.19\n"
    directory = f"go/{module}/@v"
    put(f"{directory}/list", "v1.0.0\n")
    put(f"{directory}/v1.0.0.info", '{"Version":"v1.0.0"}')
    put(f"{directory}/v1.0.0.mod", go_mod)
    files = {
        f"{module}@v1.0.0/go.mod": go_mod,
        f"{module}@v1.0.0/{name}.go": f'package {name}\n\nfunc Name() string {{ return "{name}" }}\n',
        f"{module}@v1.0.0/noise": noise(name),
    }
    put(f"{directory}/v1.0.0.zip", zipped(files))
    put(f"locks/go.sum/{name}", (
        f"{module} v1.0.0 {go_digest(files)}\n{module} v1.0.0/go.mod {go_digest({'go.mod': go_mod})}\n"
    ))


def go_digest(files):
    """https://pkg.go.dev/golang.org/x/mod/sumdb/dirhash#Hash1"""
    lines = ""
    for path, content in sorted(files.items()):
        content = content if isinstance(content, bytes) else content.encode()
        lines += f"{hashlib.sha256(content).hexdigest()}  {path}\n"
    return "h1:" + base64.b64encode(hashlib.sha256(lines.encode()).digest()).decode()


def maven(name):
    put(f"maven/org/example/{name}/1/{name}-1.pom", (
        "<project><modelVersion>4.0.0</modelVersion><groupId>org.example</groupId>"
        f"<artifactId>{name}</artifactId><version>1</version><packaging>pom</packaging>"
        f"<description>{noise(name).decode()}</description></project>"
    ))


def debian(names):
    entries = []
    for name in names:
        control = (
            f"Package: {name}\nVersion: 1\nArchitecture: all\nMaintainer: Nobody <nobody@example.com>\n"
            "Description: a package\n"
        )
        members = {
            "debian-binary": b"2.0\n",
            "control.tar.gz": tarred({"./control": control}),
            "data.tar.gz": tarred({f"./opt/{name}": noise(name)}),
        }
        archive = b"!<arch>\n"
        for member, content in members.items():
            archive += f"{member:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(content):<10}`\n".encode()
            archive += content + b"\n" * (len(content) % 2)
        put(f"deb/{name}_1_all.deb", archive)
        digest = hashlib.sha256(archive).hexdigest()
        entries.append(f"{control}Filename: deb/{name}_1_all.deb\nSize: {len(archive)}\nSHA256: {digest}\n")
    put("deb/Packages", "\n".join(entries))


for each in NAMES:
    for make in (python, node, rust, go, maven):
        make(each)
debian(NAMES)
put("crates/index/config.json", json.dumps({"dl": f"{URL}/crates/files/{{crate}}/{{version}}"}))
