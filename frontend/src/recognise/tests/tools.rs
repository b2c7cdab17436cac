//! Tools to recognise: enough of what is known of each for all that is told apart.

use crate::recognise::{Tool, ToolCommand};

const COMMAND: ToolCommand<'static> = ToolCommand {
    programs: &[],
    module: None,
    uses: &[],
    clears: &[],
    bypass: &[],
    relocating_options: &[],
    options_with_value: &[],
};

const TOOL: Tool<'static> = Tool {
    commands: &[],
    mounts: &[],
    leads: &[],
    relocating_variables: &[],
    switched_off_by: &[],
    places: &[],
    prepares: &[],
};

pub(super) static TOOLS: &[(&str, Tool<'static>)] = &[
    ("apt", APT),
    ("cargo", CARGO),
    ("ccache", CCACHE),
    ("dnf", DNF),
    ("go", GO),
    ("maven", MAVEN),
    ("npm", NPM),
    ("pip", PIP),
    ("pnpm", PNPM),
    ("poetry", POETRY),
    ("uv", UV),
    ("yarn", YARN),
];

const APT: Tool<'static> = Tool {
    commands: &[ToolCommand {
        programs: &["apt-get", "apt", "aptitude"],
        uses: &["build-dep", "dist-upgrade", "download", "install", "source", "update", "upgrade"],
        clears: &["autoclean", "clean", "distclean"],
        options_with_value: &["-a", "-c", "-o", "-t", "--option", "--target-release"],
        ..COMMAND
    }],
    mounts: &["/dev/strake/cache/apt"],
    leads: &["APT_CONFIG"],
    places: &["/var/cache/apt", "/var/lib/apt/lists"],
    prepares: &["update"],
    ..TOOL
};

const CARGO: Tool<'static> = Tool {
    commands: &[ToolCommand {
        programs: &["cargo"],
        uses: &["b", "build", "chef cook", "fetch", "install", "r", "run", "t", "test"],
        options_with_value: &["-C", "-Z", "--color", "--config"],
        ..COMMAND
    }],
    mounts: &["${HOME}/.cargo/registry", "${HOME}/.cargo/git"],
    relocating_variables: &["CARGO_HOME"],
    places: &[
        "${HOME}/.cargo/registry",
        "${HOME}/.cargo/git",
        "${CARGO_HOME}/registry",
        "${CARGO_HOME}/git",
    ],
    ..TOOL
};

const CCACHE: Tool<'static> = Tool {
    commands: &[ToolCommand {
        programs: &["ccache"],
        uses: &["*"],
        clears: &["-C", "--clear"],
        relocating_options: &["-d", "--dir"],
        ..COMMAND
    }],
    mounts: &["/dev/strake/cache/ccache"],
    leads: &["CCACHE_DIR"],
    switched_off_by: &["CCACHE_DISABLE"],
    places: &["${HOME}/.ccache", "${HOME}/.cache/ccache"],
    ..TOOL
};

const DNF: Tool<'static> = Tool {
    commands: &[ToolCommand {
        programs: &["dnf", "microdnf", "yum"],
        uses: &["group install", "groupinstall", "install", "makecache", "update", "upgrade"],
        clears: &["clean all", "clean packages"],
        bypass: &["-C", "--cacheonly"],
        relocating_options: &["--installroot"],
        options_with_value: &["-c", "-x", "--setopt", "--enablerepo", "--installroot"],
        ..COMMAND
    }],
    mounts: &["/var/cache/dnf"],
    places: &["/var/cache/dnf"],
    prepares: &["makecache"],
    ..TOOL
};

const GO: Tool<'static> = Tool {
    commands: &[ToolCommand {
        programs: &["go"],
        uses: &["build", "get", "install", "mod download", "mod verify", "run", "test"],
        clears: &["clean -cache", "clean -modcache"],
        options_with_value: &["-C"],
        ..COMMAND
    }],
    mounts: &["/dev/strake/cache/go"],
    leads: &["GOCACHE", "GOMODCACHE"],
    places: &["${HOME}/.cache/go-build", "${HOME}/go/pkg/mod", "${GOPATH}/pkg/mod", "/go/pkg/mod"],
    ..TOOL
};

const MAVEN: Tool<'static> = Tool {
    commands: &[ToolCommand {
        programs: &["mvn", "mvnw"],
        uses: &["*"],
        relocating_options: &["-Dmaven.repo.local"],
        ..COMMAND
    }],
    mounts: &["/dev/strake/cache/maven"],
    leads: &["MAVEN_OPTS"],
    places: &["${HOME}/.m2/repository"],
    ..TOOL
};

const NPM: Tool<'static> = Tool {
    commands: &[
        ToolCommand {
            programs: &["npm"],
            uses: &["ci", "exec", "i", "install", "update", "x"],
            clears: &["cache clean", "cache clear"],
            bypass: &["--no-cache"],
            relocating_options: &["--cache"],
            options_with_value: &["-C", "-w", "--cache", "--loglevel", "--prefix", "--registry"],
            ..COMMAND
        },
        ToolCommand {
            programs: &["npx"],
            uses: &["", "*"],
            relocating_options: &["--cache"],
            ..COMMAND
        },
    ],
    mounts: &["/dev/strake/cache/npm"],
    leads: &["npm_config_cache"],
    places: &["${HOME}/.npm"],
    ..TOOL
};

const PIP: Tool<'static> = Tool {
    commands: &[ToolCommand {
        programs: &["pip*"],
        module: Some("pip"),
        uses: &["download", "install", "wheel"],
        clears: &["cache purge", "cache remove"],
        bypass: &["--no-cache-dir"],
        relocating_options: &["--cache-dir"],
        options_with_value: &["--cache-dir", "--proxy", "--python", "--timeout", "--trusted-host"],
    }],
    mounts: &["/dev/strake/cache/pip"],
    leads: &["PIP_CACHE_DIR", "PIP_NO_CACHE_DIR"],
    switched_off_by: &["PIP_NO_CACHE_DIR"],
    places: &["${HOME}/.cache/pip"],
    ..TOOL
};

const PNPM: Tool<'static> = Tool {
    commands: &[ToolCommand {
        programs: &["pnpm"],
        uses: &["add", "fetch", "i", "install"],
        clears: &["store prune"],
        relocating_options: &["--store-dir", "--cache-dir"],
        options_with_value: &["-C", "-F", "--filter", "--store-dir"],
        ..COMMAND
    }],
    mounts: &["/dev/strake/cache/pnpm"],
    leads: &["npm_config_store_dir"],
    places: &["${HOME}/.local/share/pnpm/store", "${HOME}/.cache/pnpm"],
    ..TOOL
};

const POETRY: Tool<'static> = Tool {
    commands: &[ToolCommand {
        programs: &["poetry"],
        module: Some("poetry"),
        uses: &["add", "install", "lock", "self add", "sync"],
        clears: &["cache clear"],
        bypass: &["--no-cache"],
        options_with_value: &["-C", "-P", "--directory", "--project"],
        ..COMMAND
    }],
    mounts: &["${HOME}/.cache/pypoetry/artifacts", "${HOME}/.cache/pypoetry/cache"],
    relocating_variables: &["POETRY_CACHE_DIR", "XDG_CACHE_HOME"],
    places: &["${HOME}/.cache/pypoetry"],
    ..TOOL
};

const UV: Tool<'static> = Tool {
    commands: &[
        ToolCommand {
            programs: &["uv"],
            uses: &["add", "pip install", "pip sync", "run", "sync", "tool install"],
            clears: &["cache clean"],
            bypass: &["-n", "--no-cache", "--no-cache-dir"],
            relocating_options: &["--cache-dir"],
            options_with_value: &["--cache-dir", "--color", "--directory", "--project"],
            ..COMMAND
        },
        ToolCommand {
            programs: &["uvx"],
            uses: &["", "*"],
            bypass: &["-n", "--no-cache"],
            ..COMMAND
        },
    ],
    mounts: &["/dev/strake/cache/uv"],
    leads: &["UV_CACHE_DIR", "UV_NO_CACHE"],
    switched_off_by: &["UV_NO_CACHE"],
    places: &["${HOME}/.cache/uv"],
    ..TOOL
};

const YARN: Tool<'static> = Tool {
    commands: &[ToolCommand {
        programs: &["yarn", "yarnpkg"],
        uses: &["", "add", "global add", "install", "workspaces focus"],
        clears: &["cache clean"],
        relocating_options: &["--cache-folder"],
        options_with_value: &["--cache-folder", "--cwd", "--registry"],
        ..COMMAND
    }],
    mounts: &["/dev/strake/cache/yarn"],
    leads: &["YARN_GLOBAL_FOLDER"],
    places: &["${HOME}/.cache/yarn", "${HOME}/.yarn", "/usr/local/share/.cache/yarn"],
    ..TOOL
};
