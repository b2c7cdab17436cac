//! Dockerfiles made up by numbers: each number is a file, the same on every machine. They are of all
//! shapes that the language has, and are never run: it is their graphs that are looked at.

use std::fmt::Write as _;

/// Numbers that look like chance.
struct Dice(u64);

impl Dice {
    /// A number from 0, smaller than `sides`.
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let sides = u64::try_from(sides).unwrap_or(1);
        usize::try_from((self.0 >> 16) % sides).unwrap_or_default()
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.roll(of.len())]
    }
}

const COMMANDS: &[&str] = &[
    "apt-get update && apt-get install -y --no-install-recommends curl git",
    "apt-get update; apt-get install -y libpq5 && rm -rf /var/lib/apt/lists/*",
    "set -eux; apt-get update -qq; apt-get -y install make; apt-get clean",
    "pip install -r requirements.txt",
    "python3 -m pip install --upgrade pip wheel",
    "pip3 install --no-cache-dir flask",
    "uv pip install --system numpy",
    "uv sync --frozen",
    "npm ci",
    "npm install --omit=dev && npm cache clean --force",
    "cd web && npm ci && npm run build",
    "yarn install --frozen-lockfile",
    "pnpm i",
    "poetry install --no-root",
    "cargo build --release",
    "go mod download && go build -o /app ./...",
    "mvn -B package",
    "dnf install -y gcc && dnf clean all",
    "make all",
    "echo hello > /hello",
    "if [ -f package.json ]; then npm ci; fi",
    "for p in a b; do pip install \"$p\"; done",
    "ls -R / > /list; cp -r /root /copy",
    "sudo apt-get install -y jq",
    "(pip install a) | tee /log",
    "echo 'unclosed",
];

const MOUNTS: &[&str] = &[
    "--mount=type=cache,target=/cache",
    "--mount=type=cache,id=own,target=/root/.npm,sharing=locked",
    "--mount=type=cache,target=/owned,uid=1000,gid=1000",
    "--mount=type=bind,target=/source",
    "--mount=type=bind,from=busybox,source=/bin,target=/tools",
    "--mount=type=bind,source=a,target=a,rw",
    "--mount=type=tmpfs,target=/tmp,size=1048576",
    "--mount=type=secret,id=token",
    "--mount=type=secret,id=key,env=KEY",
    "--mount=type=ssh",
    "--network=none",
    "--network=host",
];

const OTHERS: &[&str] = &[
    "COPY a b /dest/",
    "COPY --link --chmod=755 a /a",
    "COPY --chown=1000:1000 . .",
    "COPY <<\"EOF\" /text\n[stage.app]\n# strake: off\nEOF",
    "ADD --checksum=sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 http://files.test/x /x",
    "ADD https://git.test/repository.git#main /repository",
    "ENV A=1 B=\"two words\"",
    "ENV PATH=/opt/bin:$PATH",
    "ENV PIP_CACHE_DIR=/own",
    "ARG VERSION=1",
    "WORKDIR /work",
    "WORKDIR deeper",
    "USER 1000:1000",
    "USER app",
    "USER root",
    "SHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"]",
    "LABEL a=b",
    "EXPOSE 80/tcp",
    "VOLUME /data",
    "HEALTHCHECK CMD true",
    "STOPSIGNAL SIGTERM",
    "# a comment",
    "# strake: off=npm\nRUN npm ci",
];

/// The Dockerfile of a number. Its base images are named contexts: `busybox`.
pub fn dockerfile(number: u64) -> String {
    let mut dice = Dice(number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut text =
        dice.pick(&["", "# escape=\\\n", "# check=skip=all\n", "ARG TOP=1\n"]).to_owned();
    let stages = 1 + dice.roll(4);
    for stage in 0..stages {
        let from = match dice.roll(4) {
            0 if stage > 0 => format!("s{}", dice.roll(stage)),
            1 => "scratch".to_owned(),
            2 => "--platform=$BUILDPLATFORM busybox".to_owned(),
            _ => "busybox".to_owned(),
        };
        let _ = writeln!(text, "FROM {from} AS s{stage}");
        for _ in 0..=dice.roll(7) {
            instruction(&mut text, &mut dice, stage);
        }
        // What is copied from is built.
        if stage > 0 {
            let _ = writeln!(text, "COPY --from=s{} / /from/", stage - 1);
        }
        run(&mut text, &mut dice);
    }
    text
}

fn instruction(text: &mut String, dice: &mut Dice, stage: usize) {
    match dice.roll(5) {
        0 | 1 => run(text, dice),
        2 if stage > 0 => {
            let link = dice.pick(&["", "--link "]);
            let _ = writeln!(text, "COPY {link}--from=s{} /etc /etc/", dice.roll(stage));
        }
        _ => {
            let _ = writeln!(text, "{}", dice.pick(OTHERS));
        }
    }
}

fn run(text: &mut String, dice: &mut Dice) {
    text.push_str("RUN ");
    let mut flags: Vec<&str> = Vec::new();
    while dice.roll(4) == 0 && flags.len() < 3 {
        let flag = dice.pick(MOUNTS);
        let kind = flag.split('=').next();
        // One network, and each mount once.
        if !flags
            .iter()
            .any(|one| *one == flag || kind == Some("--network") && one.starts_with("--network"))
        {
            flags.push(flag);
        }
    }
    for flag in flags {
        let _ = write!(text, "{flag} ");
    }
    let command = dice.pick(COMMANDS);
    let _ = match dice.roll(6) {
        0 => writeln!(text, "<<EOF\n{command}\nEOF"),
        1 => writeln!(text, "<<EOF\n#!/bin/bash\n{command}\nEOF"),
        2 => writeln!(text, "[\"sh\", \"-c\", {command:?}]"),
        3 => writeln!(text, "{}", command.replace(" && ", " \\\n    # then\n    && ")),
        _ => writeln!(text, "{command}"),
    };
}
