//! Where a build may find a seed. Pure.

use crate::manifest::model::Seed;
use crate::options::{NamedContext, Options, SeedOption};
use crate::platform::Platform;
use crate::reference::ImageReference;
use crate::source::Span;

/// The named context that is a seed.
pub(crate) const CONTEXT: &str = "strake-seed";

/// Where a seed may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SeedLocation {
    /// A named context: an image, an OCI layout, a local directory.
    Context(Box<NamedContext>),
    /// Images, the first before the next. Of each there may be one for a platform alone.
    Images(Vec<ImageReference>),
}

/// Where a build may find a seed for a platform, and the place that says so; `None` where it wants
/// none. What the command line says wins.
pub(crate) fn locate(
    options: &Options,
    manifest: Option<&Seed>,
    platform: &Platform,
) -> Option<(SeedLocation, Option<Span>)> {
    match &options.seed {
        SeedOption::Off => return None,
        SeedOption::Image(image) => return Some((SeedLocation::Images(vec![image.clone()]), None)),
        SeedOption::File => {}
    }
    if let Some(context) = options.context(CONTEXT, platform) {
        return Some((SeedLocation::Context(Box::new(context.clone())), None));
    }
    let seed = manifest?;
    let images = seed.images.iter().map(|image| image.value.clone()).collect();
    Some((SeedLocation::Images(images), seed.images.first().map(|image| image.span)))
}

/// An image as it is named for one platform: with `-OS-ARCH` behind its tag.
pub(crate) fn for_platform(image: &ImageReference, platform: &Platform) -> ImageReference {
    let suffix = platform.id().replace('/', "-");
    let tag = image.tag.as_ref().map(|tag| format!("{tag}-{suffix}"));
    ImageReference { tag, ..image.clone() }
}

/// What is looked for, in order. A digest says which image it is, whatever its platform.
pub(crate) fn candidates(images: &[ImageReference], platform: &Platform) -> Vec<ImageReference> {
    let both = |image: &ImageReference| match &image.digest {
        Some(_) => vec![image.clone()],
        None => vec![for_platform(image, platform), image.clone()],
    };
    images.iter().flat_map(both).collect()
}

/// What an export is named, where the client asks for a name: by platform where it is of one.
pub(crate) fn export_name(
    options: &Options,
    manifest: Option<&Seed>,
    platforms: &[Platform],
) -> Option<String> {
    let image = match (&options.seed, manifest) {
        (SeedOption::Image(image), _) => image,
        (_, seed) => &seed?.images.first()?.value,
    };
    let image = ImageReference { digest: None, ..image.clone() };
    Some(match platforms {
        [only] => for_platform(&image, only).to_string(),
        _ => image.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::ContextSpec;
    use crate::source::Spanned;

    fn image(text: &str) -> ImageReference {
        ImageReference::parse(text).expect("a reference")
    }

    fn seed(tags: &[&str]) -> Seed {
        let span = Span { start: 1, end: 2 };
        let tagged = |tag: &&str| Spanned::new(image(&format!("r.test/mounts:{tag}")), span);
        Seed { images: tags.iter().map(tagged).collect() }
    }

    fn amd64() -> Platform {
        Platform::new("linux", "amd64", "")
    }

    #[test]
    fn each_tag_is_looked_for_by_platform_first() {
        let seed = seed(&["branch", "main"]);
        let options = Options::default();
        let (location, span) = locate(&options, Some(&seed), &amd64()).expect("a seed");
        let SeedLocation::Images(images) = location else { panic!("{location:?}") };
        let found: Vec<_> =
            candidates(&images, &amd64()).iter().map(ImageReference::familiar).collect();
        let names = ["branch-linux-amd64", "branch", "main-linux-amd64", "main"];
        assert_eq!(found, names.map(|tag| format!("r.test/mounts:{tag}")));
        assert_eq!(span, Some(Span { start: 1, end: 2 }));
        let arm = Platform::new("linux", "arm", "v7");
        assert_eq!(for_platform(&images[0], &arm).tag.as_deref(), Some("branch-linux-arm-v7"));
    }

    #[test]
    fn a_digest_is_taken_as_it_is() {
        let pinned = image("r.test/mounts").with_digest(format!("sha256:{:064}", 1));
        assert_eq!(candidates(std::slice::from_ref(&pinned), &amd64()), [pinned]);
    }

    #[test]
    fn the_command_line_wins() {
        let seed = seed(&["main"]);
        let context = NamedContext {
            key: CONTEXT.into(),
            spec: ContextSpec::Local(CONTEXT.into()),
            given: String::new(),
            shared_key: String::new(),
            input_config: None,
        };
        let mut options = Options { contexts: vec![context.clone()], ..Options::default() };
        let what = |options: &Options| locate(options, Some(&seed), &amd64()).map(|(what, _)| what);
        assert_eq!(what(&options), Some(SeedLocation::Context(Box::new(context))));
        options.seed = SeedOption::Image(image("r.test/own:x"));
        assert_eq!(what(&options), Some(SeedLocation::Images(vec![image("r.test/own:x")])));
        options.seed = SeedOption::Off;
        assert_eq!(what(&options), None);
        assert_eq!(locate(&Options::default(), None, &amd64()), None);
    }

    #[test]
    fn an_export_is_named_as_it_is_looked_for() {
        let (seed, options) = (seed(&["branch", "main"]), Options::default());
        let name = |platforms: &[Platform]| export_name(&options, Some(&seed), platforms);
        assert_eq!(name(&[amd64()]).as_deref(), Some("r.test/mounts:branch-linux-amd64"));
        let both = [amd64(), Platform::new("linux", "arm64", "")];
        assert_eq!(name(&both).as_deref(), Some("r.test/mounts:branch"));
        assert_eq!(export_name(&options, None, &both), None);
    }
}
