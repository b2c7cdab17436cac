//! A git repository, served by `git daemon` on loopback.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use tempfile::TempDir;

/// A repository that lives as long as the test.
pub(crate) struct Repository {
    directory: TempDir,
    address: SocketAddr,
}

impl Repository {
    /// A repository with files on the branch `main`.
    pub(crate) fn of<C: AsRef<[u8]>>(files: &[(&str, C)]) -> Self {
        let directory = TempDir::new().expect("a temporary directory");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port of loopback");
        let address = listener.local_addr().expect("an address");
        let base = directory.path().to_owned();
        thread::spawn(move || listener.incoming().flatten().for_each(|one| serve(one, &base)));
        let repository = Repository { directory, address };
        std::fs::create_dir(repository.path()).expect("a directory is made");
        repository.git(&["init", "--quiet", "--initial-branch=main"]);
        repository.commit(files);
        repository
    }

    /// Writes files and commits them; gives the commit.
    pub(crate) fn commit<C: AsRef<[u8]>>(&self, files: &[(&str, C)]) -> String {
        for (path, content) in files {
            let path = self.path().join(path);
            std::fs::create_dir_all(path.parent().expect("a directory"))
                .expect("directories are made");
            std::fs::write(path, content).expect("a file is written");
        }
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message=more"]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// Runs git in the repository and gives what it says.
    pub(crate) fn git(&self, args: &[&str]) -> String {
        let output = Command::new("git")
            .args(["-c", "user.name=test", "-c", "user.email=test@localhost"])
            .args(args)
            .current_dir(self.path())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_COMMITTER_DATE", "1600000000 +0000")
            .output()
            .expect("git runs");
        let problem = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {args:?}: {problem}");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    pub(crate) fn url(&self) -> String {
        format!("git://{}/repository", self.address)
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("repository")
    }
}

/// One process for each connection, as inetd would start it: no port is chosen twice, and nothing is
/// left running.
fn serve(stream: TcpStream, base: &Path) {
    let Ok(other) = stream.try_clone() else { return };
    let daemon = Command::new("git")
        .args(["daemon", "--inetd", "--export-all"])
        .arg(format!("--base-path={}", base.display()))
        // The daemon would refuse a repository of somebody else's.
        .env("GIT_CONFIG_COUNT", "1")
        .env("GIT_CONFIG_KEY_0", "safe.directory")
        .env("GIT_CONFIG_VALUE_0", "*")
        .stdin(Stdio::from(OwnedFd::from(stream)))
        .stdout(Stdio::from(OwnedFd::from(other)))
        .stderr(Stdio::null())
        .spawn();
    if let Ok(mut daemon) = daemon {
        thread::spawn(move || daemon.wait());
    }
}
