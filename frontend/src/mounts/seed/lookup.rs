//! Looking for a seed. Everything that may be one is asked for at once and with a time limit; the
//! first that can be used is.

use strake_llb::Gather;

use super::directory::{self, Opened};
use super::location::{SeedLocation, candidates};
use super::{Contents, Seed};
use crate::context::{self, NamedSource};
use crate::diagnostics::codes::seeds as codes;
use crate::diagnostics::{Code, Diagnostic};
use crate::gateway::{Gateway, GatewayError, ImageStore, ResolveImage};
use crate::image::Image;
use crate::options::{NamedContext, Options};
use crate::platform::Platform;
use crate::reference::ImageReference;
use crate::resolve::ask::{Answer, ask_all};
use crate::resolve::patience::{Patience, TIME_LIMIT};
use crate::source::Span;

/// What a seed is called in the progress.
const ASKED: &str = "seed";
/// What the daemon says of an image that has several platforms, and not this one.
const NOT_IN_INDEX: &str = "no match for platform in manifest";

/// What came of looking for a seed.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Found {
    /// The seed; none where there is none, or none that can be used.
    pub seed: Option<Seed>,
    /// Why there is none.
    pub warning: Option<Diagnostic>,
}

/// Why something is no seed, or not to be had.
struct Problem {
    code: &'static Code,
    text: String,
    help: Option<String>,
}

impl Problem {
    fn new(code: &'static Code, text: impl Into<String>) -> Self {
        Problem { code, text: text.into(), help: None }
    }
}

/// Looks for a seed for a platform.
pub(crate) async fn find<G: Gateway>(
    gateway: &G,
    options: &Options,
    location: &SeedLocation,
    platform: &Platform,
    span: Option<Span>,
) -> Found {
    let lookup = Lookup { gateway, options, platform };
    let found = match location {
        SeedLocation::Context(named) => lookup.context(named).await,
        SeedLocation::Images(images) => lookup.images(images).await,
    };
    match found {
        Ok(seed) => Found { seed: Some(seed), warning: None },
        Err(problem) => {
            let warning = Diagnostic::warning(problem.code, problem.text);
            let warning = problem.help.into_iter().fold(warning, Diagnostic::help);
            let warning = match span {
                Some(span) => warning.at(span),
                None => warning,
            };
            Found { seed: None, warning: Some(warning) }
        }
    }
}

struct Lookup<'a, G> {
    gateway: &'a G,
    options: &'a Options,
    platform: &'a Platform,
}

impl<G: Gateway> Lookup<'_, G> {
    /// The first that can be used; where none can, what is wrong with the first that is there.
    async fn images(&self, images: &[ImageReference]) -> Result<Seed, Problem> {
        let candidates = candidates(images, self.platform);
        let asked = candidates.iter().gather();
        let mut answers = ask_all(self.gateway, self.options, asked, ASKED).await;
        let mut problem = None;
        for image in &candidates {
            // One that is named twice was tried before.
            let Some(answer) = answers.remove(image) else { continue };
            let found = match refusal(image, answer) {
                None => self.image(image).await,
                Some(None) => continue,
                Some(Some(refused)) => Err(refused),
            };
            match found {
                Ok(seed) => return Ok(seed),
                Err(found) => problem = problem.or(Some(found)),
            }
        }
        Err(problem.unwrap_or_else(|| missing(images)))
    }

    async fn image(&self, image: &ImageReference) -> Result<Seed, Problem> {
        let (display_name, reference) = (image.familiar(), image.to_string());
        let request = ResolveImage {
            reference,
            platform: Some(self.platform.clone()),
            // What the daemon has under that name may be old.
            resolve_mode: "pull".to_owned(),
            log_name: format!("[seed] load metadata for {display_name}"),
            store: ImageStore::Registry,
        };
        let resolved = match self.in_time(&display_name, self.gateway.resolve_image(request)).await
        {
            Some(resolved) => resolved.map_err(|error| self.unresolved(&display_name, &error))?,
            None => return Err(silent(&display_name)),
        };
        let source = NamedSource::Image {
            reference: image.clone().with_digest(&resolved.digest).to_string(),
            digest: resolved.digest,
            config: resolved.config,
            platform: self.platform.clone(),
            progress: format!("[seed] {display_name}"),
        };
        self.seed(source, display_name)
    }

    fn unresolved(&self, display_name: &str, error: &GatewayError) -> Problem {
        let words = error.to_string();
        if words.contains(NOT_IN_INDEX) {
            let text = format!(
                "`{display_name}` is a seed for other platforms, not for {}",
                self.platform
            );
            return Problem::new(&codes::PLATFORM, text);
        }
        broken(display_name, &words)
    }

    async fn context(&self, named: &NamedContext) -> Result<Seed, Problem> {
        let display_name = named.given.clone();
        let loaded = context::named_context(self.gateway, self.options, named, self.platform);
        let source = match self.in_time(&display_name, loaded).await {
            Some(source) => source.map_err(|error| broken(&display_name, &error.to_string()))?,
            None => return Err(silent(&display_name)),
        };
        if !matches!(source, NamedSource::Local(_)) {
            return self.seed(source, display_name);
        }
        let opened = directory::open(self.gateway, source).await;
        let Opened { source, contents, archives } =
            opened.map_err(|error| broken("the local directory", &error.to_string()))?;
        let is_archive = archives.is_some();
        let display_name = archives.unwrap_or_else(|| "a local directory".to_owned());
        if contents.mounts.is_empty() {
            return Err(foreign_directory(&display_name, is_archive));
        }
        Ok(Seed { source, display_name, contents, image: None })
    }

    /// What an image says of itself must fit.
    fn seed(&self, source: NamedSource, display_name: String) -> Result<Seed, Problem> {
        let foreign = |why: String| {
            Problem::new(&codes::FOREIGN, format!("`{display_name}` is not a seed: {why}"))
        };
        let config = source.config().ok_or_else(|| foreign("it is not an image".to_owned()))?;
        let image = Image::parse(config).map_err(|error| foreign(error.to_string()))?;
        if let Some(other) = image.platform().filter(|other| other.id() != self.platform.id()) {
            let text = format!("`{display_name}` is a seed for {other}, not for {}", self.platform);
            return Err(Problem::new(&codes::PLATFORM, text));
        }
        let contents = Contents::of(&image).map_err(foreign)?;
        Ok(Seed { source, display_name, contents, image: Some(image) })
    }

    async fn in_time<T>(&self, what: &str, answer: impl Future<Output = T>) -> Option<T> {
        Patience::new(self.gateway, self.options, what).wait_for(answer).await
    }
}

/// Why what was asked for can't be had; nothing to say of what is not there.
fn refusal(image: &ImageReference, answer: Answer) -> Option<Option<Problem>> {
    let display_name = image.familiar();
    Some(Some(match answer {
        Answer::There => return None,
        Answer::Missing => return Some(None),
        Answer::Denied(words) => {
            let problem = Problem::new(
                &codes::DENIED,
                format!("access to the seed `{display_name}` is denied: {words}"),
            );
            Problem { help: Some(format!("log in: `docker login {}`", image.domain)), ..problem }
        }
        Answer::Unavailable(words) => Problem::new(
            &codes::UNAVAILABLE,
            format!("the seed `{display_name}` is unavailable: {words}"),
        ),
        Answer::Silent => silent(&display_name),
    }))
}

fn missing(images: &[ImageReference]) -> Problem {
    let names: Vec<String> = images.iter().map(|image| format!("`{}`", image.familiar())).collect();
    let text = format!("there is no seed yet at {}", names.join(", "));
    let help =
        "`docker buildx build --target @mounts --output type=image,name=*,push=true .` makes one";
    Problem { help: Some(help.to_owned()), ..Problem::new(&codes::MISSING, text) }
}

fn foreign_directory(display_name: &str, is_archive: bool) -> Problem {
    let text = format!("{display_name} is not a seed: nothing in it was made by strake");
    let help = "`--target @mounts --output type=tar,dest=seed.tar` makes a seed; unpack one of \
                `type=oci`, and name it as `oci-layout://DIRECTORY`";
    Problem { help: is_archive.then(|| help.to_owned()), ..Problem::new(&codes::FOREIGN, text) }
}

fn silent(display_name: &str) -> Problem {
    let limit = TIME_LIMIT.as_secs();
    Problem::new(
        &codes::SILENT,
        format!("the seed `{display_name}` did not answer within {limit} s"),
    )
}

fn broken(display_name: &str, why: &str) -> Problem {
    Problem::new(&codes::BROKEN, format!("the seed `{display_name}` can't be used: {why}"))
}
