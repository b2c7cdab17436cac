//! What is found of the layers of small manifests.

use std::collections::{BTreeMap, BTreeSet};

use strake_proto::caps;

use super::super::*;
use crate::lower::{LowerInput, lower};
use crate::manifest::{self, ReadInput};
use crate::options::Options;
use crate::plan::{LayerAt, Plan, PlanInput, plan};
use crate::platform::Platform;
use crate::resolve::{Facts, PinnedImage, ResolvedSource};
use crate::select::{Names, SourceRef, select};
use crate::source::SourceFile;

/// What is found of a manifest; its images need no looking up.
fn find(
    text: &str,
) -> (Plan, Result<(Boundaries, Vec<crate::diagnostics::Diagnostic>), CacheabilityError>) {
    let file = SourceFile::new("strake.toml", text);
    let none = BTreeMap::new();
    let read = ReadInput { build_args: &none, platform_args: &none, lenient: false };
    let manifest = manifest::read(&file, read).expect("the manifest is good");
    let (options, platform) = (Options::default(), Platform::new("linux", "amd64", ""));
    let selection = select(&manifest, &options, &platform).expect("the stages are good");
    let mut facts = Facts::default();
    for source_ref in selection.remote.keys() {
        if let SourceRef::Image { reference, .. } = source_ref {
            let image = PinnedImage { reference: reference.clone(), config: b"{}".to_vec() };
            facts.sources.insert(source_ref.clone(), ResolvedSource::Image(image));
        }
    }
    let names = Names::new(&manifest, &options);
    let (plan, _) = plan(PlanInput {
        manifest: &manifest,
        selection: &selection,
        facts: &facts,
        options: &options,
        names: &names,
        nonce: "",
    })
    .expect("a plan");
    let caps: BTreeSet<String> = caps::llb::ALL.iter().map(|cap| cap.id.to_owned()).collect();
    let lowered = lower(LowerInput {
        plan: &plan,
        facts: &facts,
        file: &file,
        file_definition: None,
        caps: &caps,
        resolve_mode: "default",
        show_platform: false,
        program: None,
    })
    .expect("a graph");
    let found = boundaries(CacheabilityInput { plan: &plan, lowered: &lowered });
    (plan, found)
}

/// The layers in a line each: stage, name, boundary (`!` where it is explicit), and why they are
/// not exportable.
#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let (plan, found) = find(text);
    let (boundaries, _) = found.expect("what is asserted holds");
    let name = |at: LayerAt| {
        let (stage, layer) = plan.layer(at).expect("a layer");
        format!("{} {}", stage.name, layer.name)
    };
    let line = |found: &LayerCacheability| {
        let (_, layer) = plan.layer(found.at).expect("a layer");
        let mark = if layer.boundary.explicit { "!" } else { "" };
        let why = match &found.cause {
            None => "exportable".to_owned(),
            Some(Cause::Layer(at)) if *at == found.at => "does not".to_owned(),
            Some(Cause::Layer(at)) => format!("not for {}", name(*at)),
            Some(Cause::Step(step)) => format!("not for the step {step}"),
        };
        format!("{}: {}{mark}, {why}", name(found.at), layer.boundary.kind.name())
    };
    let lines: Vec<String> = boundaries.layers.iter().map(line).collect();
    assert_eq!(lines, expected);
}

#[test]
fn a_boundary_is_by_what_a_layer_uses() {
    check(
        "project = 'tests'\n[cache.own]\ntarget = '/own'\n[cache.apt]\nprune = 'x'\n\
         [stage.app]\nfrom = 'debian'\nlayer = [\n\
         { name = '1', run = 'x' },\n\
         { name = '2', apt = ['x'] },\n\
         { name = '3', uses = ['apt'], run = 'x' },\n\
         { name = '4', boundary = 'registry', uses = ['own'], run = 'x' },\n\
         { name = '5', copy = { src = 'x', dest = '/' } }]\n\
         [stage.uses]\nfrom = 'app'\nlayer = [{ name = '1', uses = ['apt', 'own'], run = 'x' }]\n\
         [stage.brings]\nfrom = 'app'\nlayer = [{ name = '1', steps = [{ run = 'x' }, { uv = ['x'] }] }]\n\
         [stage.says]\nfrom = 'app'\nlayer = [{ name = '1', boundary = 'none', write = { path = '/a', content = '' } },\n\
         { name = '2', copy = [{ from = 'uses', src = '/', dest = '/' }, { from = 'brings', src = '/', dest = '/' }] }]\n",
        &[
            "app 1: registry, exportable",
            "app 2: registry, exportable",
            "app 3: registry, exportable",
            "app 4: registry!, exportable",
            "app 5: registry, exportable",
            "uses 1: mount, does not",
            "brings 1: mount, does not",
            "says 1: none!, does not",
            "says 2: registry, not for uses 1",
        ],
    );
}

/// What a linked layer is laid on is no concern of it; what it takes from is.
#[test]
fn linked_files_are_exportable_whatever_is_below() {
    check(
        "[stage.app]\nfrom = 'debian'\nlayer = [\n\
         { name = '1', boundary = 'mount', run = 'x' },\n\
         { name = '2', boundary = 'registry', copy = { src = 'x', dest = '/', link = true } },\n\
         { name = '3', copy = { src = 'x', dest = '/' } }]\n\
         [stage.top]\nfrom = 'scratch'\nlayer = [\n\
         { name = '1', copy = { from = 'app', src = '/', dest = '/', link = true } }]\n",
        &[
            "app 1: mount!, does not",
            "app 2: registry!, exportable",
            "app 3: registry, not for app 1",
            "top 1: registry, not for app 1",
        ],
    );
}

/// Two layers that do the same are one operation: it is exportable if both are.
#[test]
fn one_operation_of_two_layers() {
    let text = "[stage.a]\nfrom = 'debian'\nlayer = [{ name = '1', run = 'x' }]\n\
                [stage.b]\nfrom = 'debian'\nlayer = [{ name = '1', boundary = 'mount', run = 'x' }]\n\
                [stage.c]\nfrom = 'scratch'\nlayer = [{ name = '1', copy = [\
                { from = 'a', src = '/', dest = '/' }, { from = 'b', src = '/', dest = '/' }] }]\n";
    check(
        text,
        &["a 1: registry, not for b 1", "b 1: mount!, does not", "c 1: registry, not for b 1"],
    );
    let (_, found) = find(&text.replace("{ name = '1', run", "{ boundary = 'registry', run"));
    let Err(CacheabilityError::NotExportable(problems)) = found else { panic!("{found:?}") };
    assert_eq!(problems.len(), 1);
}
