//! A tiny archive of packages of our own, signed, and served on loopback: made once for all tests, in
//! a build, since only there the tools are sure to be.

use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use crate::harness::{Files, Project, Server};

/// The time of the snapshot that the archive has.
pub(super) const SNAPSHOT: &str = "20260801T000000Z";

/// Version 1 is in the snapshot, version 2 is there now, and version 3 is a vendor's.
const MAKE: &str = r#"
arch=$(dpkg --print-architecture)
gpg --batch --quiet --passphrase '' --quick-gen-key 'Nobody <nobody@example.com>' default default never
make() {
    suite=$1/dists/stable
    mkdir -p package/DEBIAN package/usr/share/strake-hello $1/pool $suite/main/binary-$arch
    echo $2 > package/usr/share/strake-hello/version
    printf '%s\n' 'Package: strake-hello' "Version: $2" 'Architecture: all' \
        'Maintainer: Nobody <nobody@example.com>' 'Description: a test' > package/DEBIAN/control
    deb=pool/strake-hello_$2_all.deb
    dpkg-deb --root-owner-group --build package $1/$deb
    { dpkg-deb --field $1/$deb; echo "Filename: $deb"; echo "Size: $(stat -c %s $1/$deb)"
      echo "SHA256: $(sha256sum < $1/$deb | cut -d' ' -f1)"; } > $suite/main/binary-$arch/Packages
    index=main/binary-$arch/Packages
    { printf '%s\n' 'Suite: stable' 'Components: main' "Architectures: $arch all" "Date: $(date -Ru)"
      echo 'SHA256:'; echo " $(sha256sum < $suite/$index | cut -d' ' -f1) $(stat -c %s $suite/$index) $index"
    } > $suite/Release
    gpg --batch --quiet --clearsign --output $suite/InRelease $suite/Release
}
make /out/archive/debian/SNAPSHOT 1
make /out/debian 2
make /out/vendor 3
gpg --batch --armor --export > /out/key.asc
gpg --batch --export > /out/key.gpg
"#;

/// The archive, and the keys that it is signed with.
pub(super) struct Archive {
    pub(super) server: Server,
    pub(super) armoured: String,
    pub(super) binary: Vec<u8>,
}

pub(super) fn archive() -> &'static Archive {
    static ARCHIVE: OnceLock<Archive> = OnceLock::new();
    ARCHIVE.get_or_init(|| {
        let script = MAKE.replace("SNAPSHOT", SNAPSHOT);
        let files = Project::reporting(&format!(
            "[stage.work]\nfrom = 'debian'\n[[stage.work.layer]]\napt = ['gnupg']\n\
             [[stage.work.layer]]\nrun = '''\nmkdir /out{script}'''\n"
        ))
        .build()
        .files();
        let server = Server::start();
        serve(&server, &files, "");
        let binary = fs::read(files.path("/key.gpg")).expect("a key");
        Archive { server, armoured: files.text("/key.asc"), binary }
    })
}

fn serve(server: &Server, files: &Files, directory: &str) {
    for entry in fs::read_dir(files.path(directory)).expect("a directory") {
        let path: std::path::PathBuf = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let place = format!("{directory}/{name}");
        match path.is_dir() {
            true => serve(server, files, &place),
            false => server.put(&place, read(&path)),
        }
    }
}

fn read(path: &Path) -> Vec<u8> {
    fs::read(path).expect("a file")
}
