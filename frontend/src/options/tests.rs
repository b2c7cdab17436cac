//! Tables: raw options in, typed ones or problems out.

use std::collections::BTreeMap;

use super::*;

fn raw(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn parse(pairs: &[(&str, &str)]) -> Options {
    let workers = [Platform::new("linux", "amd64", ""), Platform::new("linux", "386", "")];
    Options::parse(raw(pairs), "session", &workers).unwrap()
}

/// Problems as `code: message`.
fn problems(pairs: &[(&str, &str)]) -> Vec<String> {
    let found = Options::parse(raw(pairs), "session", &[]).unwrap_err();
    found.iter().map(|problem| format!("{}: {}", problem.code.name, problem.message)).collect()
}

#[test]
fn nothing_said_gives_the_defaults() {
    let options = parse(&[]);
    assert_eq!(options.filename, "Dockerfile");
    assert_eq!(options.dockerfile_name, "dockerfile");
    assert!(!options.force_local_dockerfile);
    assert_eq!(options.build_platform.id(), "linux/amd64");
    assert_eq!(options.platforms, std::slice::from_ref(&options.build_platform));
    assert!(!options.multi_platform);
    assert_eq!(options.resolve_mode, "default");
    assert_eq!(options.no_cache, NoCache::Off);
    assert_eq!(options.network, NetMode::Sandbox);
    assert_eq!(options.session_of("context"), "session");
    assert!(options.target.is_none() && options.resources.is_none() && options.sbom.is_none());
    assert!(options.shm_size.is_none() && options.source_date_epoch.is_none());
}

#[test]
fn plain_texts_and_maps_are_taken() {
    let options = parse(&[
        ("filename", "strake.toml"),
        ("target", "ci"),
        ("contextsubdir", "docs"),
        ("dockerfilekey", "context"),
        ("local-sessionid:context", "other"),
        ("build-arg:A", "1"),
        ("build-arg:B", ""),
        ("label:x", "y"),
        ("cgroup-parent", "/c"),
        ("requestid", "frontend.lint"),
        ("build-arg:BUILDKIT_CACHE_MOUNT_NS", "ns"),
        ("build-arg:BUILDKIT_CONTEXT_KEEP_GIT_DIR", "1"),
        ("build-arg:SOURCE_DATE_EPOCH", "1700000000"),
        ("shm-size", "67108864"),
    ]);
    assert_eq!(options.filename, "strake.toml");
    assert_eq!(options.target.as_deref(), Some("ci"));
    assert_eq!(options.context_subdir.as_deref(), Some("docs"));
    assert_eq!(options.dockerfile_name, "context");
    assert!(options.force_local_dockerfile);
    assert_eq!(options.session_of("context"), "other");
    assert_eq!(options.build_args["A"], "1");
    assert_eq!(options.build_args["B"], "");
    assert_eq!(options.labels, raw(&[("x", "y")]));
    assert_eq!(options.cgroup_parent, "/c");
    assert_eq!(options.request.as_deref(), Some("frontend.lint"));
    assert_eq!(options.cache_namespace, "ns");
    assert_eq!(options.keep_git_dir, Some(true));
    assert_eq!(options.source_date_epoch, Some(1_700_000_000));
    assert_eq!(options.shm_size, Some(67_108_864));
}

#[test]
fn platforms_decide_about_the_form_of_the_result() {
    let check = |pairs: &[(&str, &str)], ids: &[&str], multi| {
        let options = parse(pairs);
        let found: Vec<_> = options.platforms.iter().map(Platform::id).collect();
        assert_eq!(found, ids);
        assert_eq!(options.multi_platform, multi, "{pairs:?}");
    };
    check(&[("platform", "linux/aarch64")], &["linux/arm64"], false);
    check(&[("platform", "linux/arm64,linux/arm")], &["linux/arm64", "linux/arm/v7"], true);
    check(&[("platform", "linux/arm64,linux/arm64/v8")], &["linux/arm64"], false);
    check(&[("platform", "linux/s390x"), ("multi-platform", "true")], &["linux/s390x"], true);
    check(
        &[("multi-platform", "0"), ("build-arg:BUILDKIT_MULTI_PLATFORM", "1")],
        &["linux/amd64"],
        true,
    );
}

#[test]
fn caches_are_read_in_both_forms() {
    let options = parse(&[
        (
            "cache-imports",
            r#"[{"Type":"registry","Attrs":{"ref":"r/c"}},{"Type":"gha","Attrs":null}]"#,
        ),
        ("cache-from", "a/b,c/d"),
    ]);
    let import = |kind: &str, attrs: &[(&str, &str)]| CacheImport {
        kind: kind.to_owned(),
        attrs: raw(attrs),
    };
    let expected = [
        import("registry", &[("ref", "r/c")]),
        import("gha", &[]),
        import("registry", &[("ref", "a/b")]),
        import("registry", &[("ref", "c/d")]),
    ];
    assert_eq!(options.cache_imports, expected);
}

#[test]
fn stages_without_cache() {
    let check = |value, expected| assert_eq!(parse(&[("no-cache", value)]).no_cache, expected);
    check("", NoCache::All);
    check("a,b", NoCache::Stages(vec!["a".into(), "b".into()]));
}

#[test]
fn containers_get_what_is_said() {
    let options = parse(&[
        ("add-hosts", "Mirror=192.0.2.1,v6=2001:db8::1"),
        ("ulimit", "nofile=1024:4096,core=0,nproc=-1"),
        ("force-network-mode", "none"),
        ("hostname", "a"),
        ("build-arg:BUILDKIT_SANDBOX_HOSTNAME", "b"),
        ("memory", "1024"),
        ("memswap", "-1"),
        ("cpushares", "2"),
        ("cpuperiod", "3"),
        ("cpuquota", "4"),
        ("cpusetcpus", "0-3, 5"),
        ("cpusetmems", ""),
    ]);
    let host = |name: &str, address: &str| (name.to_owned(), address.parse().unwrap());
    assert_eq!(options.extra_hosts, [host("mirror", "192.0.2.1"), host("v6", "2001:db8::1")]);
    let limit = |name: &str, soft, hard| Ulimit { name: name.to_owned(), soft, hard };
    let limits = [limit("nofile", 1024, 4096), limit("core", 0, 0), limit("nproc", -1, -1)];
    assert_eq!(options.ulimits, limits);
    assert_eq!(options.network, NetMode::None);
    assert_eq!(options.hostname, "b");
    let resources = LinuxResources {
        memory: 1024,
        memory_swap: -1,
        cpu_shares: 2,
        cpu_period: 3,
        cpu_quota: 4,
        cpuset_cpus: "0-3, 5".into(),
        cpuset_mems: String::new(),
    };
    assert_eq!(options.resources, Some(resources));
}

#[test]
fn proxies_are_collected_and_lowercase_wins() {
    let options = parse(&[
        ("build-arg:HTTP_PROXY", "upper"),
        ("build-arg:http_proxy", "lower"),
        ("build-arg:No_Proxy", "n"),
        ("build-arg:ALL_PROXY", "a"),
        ("build-arg:PROXY", "other"),
    ]);
    let expected = raw(&[("all_proxy", "a"), ("http_proxy", "lower"), ("no_proxy", "n")]);
    assert_eq!(options.proxy, expected);
}

#[test]
fn contexts_are_told_apart() {
    let digest = format!("sha256:{}", "0".repeat(64));
    let check = |given: &str, expected: ContextSpec| {
        assert_eq!(parse(&[("context:name", given)]).contexts[0].spec, expected, "{given}");
    };
    let image = |text| ContextSpec::Image(ImageReference::parse(text).unwrap());
    let git = |text| ContextSpec::Git(GitUrl::detect(text).unwrap().unwrap());
    check("docker-image://scratch", ContextSpec::Scratch);
    check("docker-image://alpine", image("docker.io/library/alpine:latest"));
    check("docker-image:alpine:3", image("docker.io/library/alpine:3"));
    for store in ["store", "store:tag", "a/store"] {
        let expected = store.split(':').next().unwrap().to_owned();
        let spec = ContextSpec::OciLayout { store: expected, digest: digest.clone() };
        check(&format!("oci-layout://{store}@{digest}"), spec);
    }
    check("local:directory", ContextSpec::Local("directory".into()));
    check("input:stage", ContextSpec::Input("stage".into()));
    check("https://a.b/c.git#v1", git("https://a.b/c.git#v1"));
    check("git@a.b:c", git("git@a.b:c"));
    check("git://a.b/c", git("git://a.b/c"));
    check("https://a.b/c.tar", ContextSpec::Http("https://a.b/c.tar".into()));
}

#[test]
fn contexts_are_found_for_a_platform_first() {
    let options = parse(&[
        ("context:base", "local:all"),
        ("context:base::linux/arm64", "local:arm"),
        ("context:owner/x", "input:in"),
        ("input-metadata:in", r#"{"containerimage.config":"e30=","other":""}"#),
        ("sharedkey:localdir:base", "key"),
    ]);
    let find = |name, platform| {
        let platform = Platform::parse(platform).unwrap();
        options.context(name, &platform).map(|context| context.key.as_str())
    };
    assert_eq!(find("base", "linux/amd64"), Some("base"));
    assert_eq!(find("base:latest", "linux/arm64/v8"), Some("base::linux/arm64"));
    assert_eq!(find("docker.io/library/base", "linux/amd64"), Some("base"));
    assert_eq!(find("docker.io/owner/x", "linux/amd64"), Some("owner/x"));
    assert_eq!(find("base:1", "linux/amd64"), None);
    assert_eq!(find("Not A Name", "linux/amd64"), None);
    assert_eq!(options.contexts[0].shared_key, "key");
    assert_eq!(options.contexts[2].input_config.as_deref(), Some(b"{}".as_slice()));
}

#[test]
fn main_contexts_are_told_apart() {
    let remote = |pairs: &[(&str, &str)]| parse(pairs).remote_context;
    assert_eq!(remote(&[("context", "")]), None);
    let git = "https://a.b/c.git";
    let url = Box::new(GitUrl::detect(git).unwrap().unwrap());
    assert_eq!(remote(&[("context", git)]), Some(RemoteContext::Git { url, given: git.into() }));
    let tar = "http://a.b/c.tar";
    assert_eq!(remote(&[("contextkey", "k"), ("k", tar)]), Some(RemoteContext::Http(tar.into())));
}

#[test]
fn attestations_come_by_option_and_argument() {
    let sbom = |pairs: &[(&str, &str)]| parse(pairs).sbom;
    let default = "docker.io/docker/buildkit-syft-scanner:stable-1";
    let scanner = |generator: &str, parameters: &[(&str, &str)]| {
        Some(SbomOptions { generator: generator.into(), parameters: raw(parameters) })
    };
    assert_eq!(sbom(&[("attest:provenance", "mode=max")]), None);
    assert_eq!(sbom(&[("attest:sbom", "")]), scanner(default, &[]));
    let given = [("build-arg:BUILDKIT_ATTEST_SBOM", "generator=me/scan,\"a=b,c\",flag")];
    assert_eq!(sbom(&given), scanner("docker.io/me/scan:latest", &[("a", "b,c"), ("flag", "")]));
    let options = parse(&[
        ("build-arg:BUILDKIT_SBOM_SCAN_CONTEXT", "true"),
        ("build-arg:BUILDKIT_SBOM_SCAN_STAGE", "a,b"),
    ]);
    assert_eq!(options.sbom_scan_context, ScanStages::All);
    assert_eq!(options.sbom_scan_stages, ScanStages::Named(vec!["a".into(), "b".into()]));
}

#[test]
fn checks_and_required_capabilities_are_read() {
    let check = |value| parse(&[("build-arg:BUILDKIT_DOCKERFILE_CHECK", value)]).check;
    let both = check("skip=a, b;error=true");
    assert_eq!((both.skip, both.error), (vec!["a".to_owned(), "b".to_owned()], true));
    assert!(check("skip=all").skip_all);
    assert!(check("experimental=all").experimental_all);
    let caps = parse(&[("frontend.caps", "a.b,c.d+forward")]).required_caps;
    let cap = |name: &str, may_forward| RequiredCap { name: name.into(), may_forward };
    assert_eq!(caps, [cap("a.b", false), cap("c.d", true)]);
}

#[test]
fn all_problems_are_reported_in_one_go() {
    let found = problems(&[
        ("platform", "linux/amd64,vax,linux/arm64"),
        ("multi-platform", "false"),
        ("image-resolve-mode", "never"),
        ("add-hosts", "mirror"),
        ("shm-size", "64m"),
        ("ulimit", "nofile=2:1"),
        ("memory", "0"),
        ("cpusetcpus", "3-1"),
        ("force-network-mode", "bridge"),
        ("cache-imports", "{"),
        ("attest:sbom", "generator=UPPER"),
        ("attest:other", ""),
        ("build-arg:SOURCE_DATE_EPOCH", "yesterday"),
        ("build-arg:BUILDKIT_DOCKERFILE_CHECK", "colour=1"),
        ("build-arg:BUILDKIT_CONTEXT_KEEP_GIT_DIR", "perhaps"),
        ("context:a", "svn://x"),
        ("context:b", "alpine"),
        ("context:c", "oci-layout://store:tag"),
        ("context", "https://a.b/c.git?colour=1"),
    ]);
    let expected = [
        "invalid-target-platform: option `platform`: `vax` is neither an operating system nor an architecture",
        "invalid-context: option `context`: the query key `colour` is unknown",
        "platform-conflict: option `multi-platform`: 2 platforms can't be returned as one",
        "invalid-cache-imports: option `cache-imports`: invalid type: map, expected a sequence at line 1 column 0",
        "invalid-context: option `context:a`: `svn` is not a context scheme of BuildKit",
        "invalid-context: option `context:b`: `alpine` has no scheme such as `docker-image://` or `local:`",
        "invalid-context: option `context:c`: `store:tag` has no digest",
        "invalid-host: option `add-hosts`: `mirror` is not `host=address`",
        "invalid-network-mode: option `force-network-mode`: `bridge` is not `none`, `host` or `sandbox`",
        "invalid-number: option `shm-size`: `64m` is not a whole number in range",
        "invalid-ulimit: option `ulimit`: the soft limit of `nofile` (2) is above the hard one (1)",
        "invalid-resources: option `cpusetcpus`: `3-1` is neither a number up to 8192 nor a range",
        "invalid-resources: option `memory`: `0` is not above zero",
        "invalid-resolve-mode: option `image-resolve-mode`: `never` is not `default`, `pull` or `local`",
        "invalid-boolean: build argument `BUILDKIT_CONTEXT_KEEP_GIT_DIR`: `perhaps` is neither `true` nor `false`",
        "invalid-check: build argument `BUILDKIT_DOCKERFILE_CHECK`: `colour` is not `skip`, `experimental` or `error`",
        "invalid-attestation: option `attest:other`: the attestations are `sbom` and `provenance`",
        "invalid-attestation: option `attest:sbom`: the scanner `UPPER`: the repository name `UPPER` must be lowercase",
    ];
    assert_eq!(found, expected);
}

#[test]
fn entries_count_once_and_are_not_without_number() {
    let row = |count: usize, word: &str| {
        let entries: Vec<String> = (0..count).map(|number| format!("{word}{number}")).collect();
        entries.join(",")
    };
    for (key, word) in [("cache-from", "registry/"), ("platform", "linux/arch")] {
        parse(&[(key, &row(1_000, word))]);
        let message = format!("too-many: option `{key}`: it has more than 1000 entries");
        assert_eq!(problems(&[(key, &row(1_001, word))]), [message], "{key}");
        parse(&[(key, &["linux/amd64"; 5_000].join(","))]);
    }
    let json = format!("[{}]", ["{\"Type\":\"gha\"}"; 1_001].join(","));
    let message = "too-many: option `cache-imports`: it has more than 1000 entries";
    assert_eq!(problems(&[("cache-imports", &json)]), [message]);
}

#[test]
fn limits_are_checked() {
    let cases = [
        ("nofile", "`nofile` is not `name=soft[:hard]`"),
        (
            "files=1",
            "`files` is not a limit; the limits are core, cpu, data, fsize, locks, memlock, msgqueue, nice, nofile, nproc, rss, rtprio, rttime, sigpending, stack",
        ),
        ("nofile=x", "`x` is not a whole number in range"),
        ("nofile=1:2:3", "`2:3` is not a whole number in range"),
        ("nofile=-1:5", "the soft limit of `nofile` (-1) is above the hard one (5)"),
        ("\"nofile=1", "its quotes do not match"),
    ];
    for (value, message) in cases {
        let expected = format!("invalid-ulimit: option `ulimit`: {message}");
        assert_eq!(problems(&[("ulimit", value)]), [expected]);
    }
}
