//! `[registry] cache`: what is there is used without a flag; what is not costs a warning and little
//! time, and holds up nobody else.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::harness::{Break, Host, How, Outcome, Project, Relay, unique, unique_image};

/// A step that tells by what it leaves whether it ran again, and caches that its build reads.
fn project(id: &str, caches: &[String]) -> Project {
    Project::new(&format!(
        "[registry]\ncache = {caches:?}\n[stage.app]\nfrom = 'busybox'\n[[stage.app.layer]]\n\
         run = 'echo {id} > /id; cat /proc/sys/kernel/random/uuid > /random'\n"
    ))
}

fn codes(outcome: &Outcome) -> Vec<&str> {
    let words = outcome.log.lines().filter_map(|line| line.split_once(" - registry-cache-"));
    let mut codes: Vec<&str> = words.filter_map(|(_, rest)| rest.split(':').next()).collect();
    codes.sort_unstable();
    codes
}

/// Every way in which there may be none.
#[test]
fn caches_that_cannot_be_had_are_left_out() {
    let hosts = [
        Host::answering("401 Unauthorized"),
        Host::answering("403 Forbidden"),
        Host::answering("404 Not Found"),
        Host::answering("500 Internal Server Error"),
        Host::refusing(),
        Host::silent(),
        Host::silent(),
    ];
    let mut caches = vec![unique_image("missing"), "no.such.host.invalid/cache".to_owned()];
    caches.extend(hosts.iter().map(Host::image));
    let alone = project(&unique("misses"), &[]);
    alone.build().ok();
    let begun = Instant::now();
    let outcome = project(&unique("misses"), &caches).build().ok();
    let taken = begun.elapsed();
    let expected = [
        "denied",
        "denied",
        "missing",
        "missing",
        "silent",
        "silent",
        "unavailable",
        "unavailable",
        "unavailable",
    ];
    assert_eq!(codes(&outcome), expected, "{}", outcome.log);
    assert!(outcome.log.contains("9 warnings found"), "{}", outcome.log);
    // Nothing is red, and nothing was imported.
    assert!(!outcome.log.contains("ERROR"), "{}", outcome.log);
    assert!(!outcome.log.contains("importing cache manifest"), "{}", outcome.log);
    assert!(taken > Duration::from_secs(3), "{taken:?}");
    // How short they are is a test of the gateway's, with a clock of its own: here, the machine may be busy.
    assert!(taken < Duration::from_secs(60), "{taken:?}");
}

/// Each form that a cache in a registry has, and each is used.
#[test]
fn caches_of_every_form_are_used() {
    for form in ["mode=max", "mode=max,image-manifest=false", "mode=max,oci-mediatypes=false"] {
        let cache = unique_image("form");
        let id = unique("form");
        let project = project(&id, std::slice::from_ref(&cache));
        let to = format!("type=registry,ref={cache},{form}");
        let exported = project.build().args(["--cache-to", &to]).files();
        assert_eq!(codes_of(&exported.log), ["missing"], "{form}");
        crate::options::cache::forget(&id);
        let imported = project.build().files();
        assert_eq!(imported.text("/random"), exported.text("/random"), "{form}");
        used(&imported.log, &cache);
    }
}

#[test]
fn an_image_with_a_cache_in_it_is_used() {
    let image = unique_image("inline");
    let id = unique("inline");
    let project = project(&id, std::slice::from_ref(&image));
    let output = format!("type=image,name={image},push=true");
    project.build().args(["--cache-to", "type=inline", "--output", &output]).ok();
    let exported = project.build().files().text("/random");
    crate::options::cache::forget(&id);
    let imported = project.build().files();
    assert_eq!(imported.text("/random"), exported);
    used(&imported.log, &image);
}

/// It was imported, and nobody was told of it having been looked for.
fn used(log: &str, cache: &str) {
    assert!(log.contains(&format!("importing cache manifest from {cache}")), "{log}");
    assert_eq!(codes_of(log), Vec::<&str>::new());
    assert!(!log.contains("ERROR") && !log.contains("look for"), "{log}");
}

fn codes_of(log: &str) -> Vec<&str> {
    let words = log.lines().filter_map(|line| line.split_once(" - registry-cache-"));
    words.filter_map(|(_, rest)| rest.split(':').next()).collect()
}

/// A registry that answers for manifests and is silent where its content is. The daemon has the content of
/// this cache already, having made it, and would not notice before it imports it.
#[test]
fn a_registry_that_is_silent_about_content_is_left_out() {
    let relay = Relay::start();
    let cache = relay.repository(&unique("half-silent"));
    let id = unique("half-silent");
    let project = project(&id, std::slice::from_ref(&cache));
    let to = format!("type=registry,ref={cache},mode=max");
    project.build().args(["--cache-to", &to]).ok();
    crate::options::cache::forget(&id);
    relay.breaks_at(Break { method: "HEAD", path: "/blobs/", how: How::IsSilent });
    let outcome = project.build().ok();
    assert_eq!(codes(&outcome), ["silent"], "{}", outcome.log);
    assert!(!outcome.log.contains("importing cache manifest"), "{}", outcome.log);
}

/// What makes the whole daemon stand still where it is imported: also where the user names it.
#[test]
fn a_silent_host_of_the_command_line_is_left_out() {
    let host = Host::silent();
    let from = format!("type=registry,ref={}", host.image());
    let project = project(&unique("silent"), &[]);
    let outcome = project.build().args(["--cache-from", &from]).ok();
    assert_eq!(codes(&outcome), ["silent"], "{}", outcome.log);
    // One that answers is the daemon's to tell about.
    let missing = unique_image("missing");
    let from = format!("type=registry,ref={missing}");
    let outcome = project.build().args(["--cache-from", &from]).ok();
    assert_eq!(codes(&outcome), Vec::<&str>::new());
    outcome.says(&format!("importing cache manifest from {missing}")).says("not found");
}

/// Builds that wait for a silent host, one after the other; meanwhile others are as fast as ever.
#[test]
fn other_builds_are_not_held_up() {
    let other = || {
        let project = project(&unique("other"), &[]);
        let begun = Instant::now();
        project.build().ok();
        begun.elapsed()
    };
    let fastest = |times: [Duration; 3]| times.into_iter().min().expect("three");
    let before = fastest([other(), other(), other()]);
    let host = Host::silent();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            let mut builds = 0;
            while !done.load(Ordering::SeqCst) {
                let outcome = project(&unique("waiting"), &[host.image()]).build().ok();
                assert_eq!(codes(&outcome), ["silent"], "{}", outcome.log);
                builds += 1;
            }
            builds
        });
        let while_silent = || {
            wait_until(|| host.waiting() > 0);
            other()
        };
        let during = fastest([while_silent(), while_silent(), while_silent()]);
        done.store(true, Ordering::SeqCst);
        assert!(waiting.join().expect("the builds that wait") > 0);
        assert!(during < before + Duration::from_secs(2), "{before:?}, then {during:?}");
    });
    // What was given up is closed: by the daemon, at the latest when its own limit for TLS is over.
    wait_until(|| host.waiting() == 0);
}

#[track_caller]
fn wait_until(condition: impl Fn() -> bool) {
    let begun = Instant::now();
    while !condition() {
        assert!(begun.elapsed() < Duration::from_secs(30), "it does not happen");
        thread::sleep(Duration::from_millis(5));
    }
}
