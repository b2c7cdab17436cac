//! `# strake: seed=IMAGE tags=A,B`: what empty cache mounts are filled from. The same as `[seed]` of a
//! manifest.

use crate::manifest::model::Seed;
use crate::reference::ImageReference;
use crate::source::{Span, Spanned};

/// The two directives, as they are written.
#[derive(Debug, Default)]
pub(super) struct SeedDirective {
    pub(super) image: Option<Spanned<String>>,
    pub(super) tags: Option<Spanned<String>>,
}

impl SeedDirective {
    /// What they mean together; none where there are none.
    ///
    /// # Errors
    /// Where and why they can't be understood.
    pub(super) fn read(self) -> Result<Option<Seed>, (Span, String)> {
        let (image, tags) = match (self.image, self.tags) {
            (Some(image), tags) => (image, tags),
            (None, Some(tags)) => {
                return Err((tags.span, "the directive `tags` needs a `seed`".to_owned()));
            }
            (None, None) => return Ok(None),
        };
        let repository = parse(&image.value, image.span)?;
        let Some(tags) = tags else {
            return Ok(Some(Seed {
                images: vec![Spanned::new(repository.or_latest(), image.span)],
            }));
        };
        if repository.tag.is_some() || repository.digest.is_some() {
            let text = format!("`{}` has a tag or a digest: list tags in `tags`", image.value);
            return Err((image.span, format!("the directive `seed`: {text}")));
        }
        let names = tags.value.split(',').filter(|tag| !tag.is_empty());
        let images = names.map(|tag| {
            let tagged = parse(&format!("{repository}:{tag}"), tags.span)?;
            Ok(Spanned::new(tagged, tags.span))
        });
        let images = images.collect::<Result<Vec<_>, _>>()?;
        Ok((!images.is_empty()).then_some(Seed { images }))
    }
}

fn parse(text: &str, span: Span) -> Result<ImageReference, (Span, String)> {
    ImageReference::parse(text).map_err(|error| {
        (span, format!("the directives of a seed: `{text}` is not an image reference: {error}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(image: Option<&str>, tags: Option<&str>) -> Result<Vec<String>, String> {
        let directive = |text: Option<&str>, start| {
            text.map(|text| Spanned::new(text.to_owned(), Span { start, end: start + 1 }))
        };
        let directive = SeedDirective { image: directive(image, 0), tags: directive(tags, 1) };
        let images = |seed: Seed| seed.images.iter().map(|image| image.value.to_string()).collect();
        let seed =
            directive.read().map_err(|(span, reason)| format!("{}: {reason}", span.start))?;
        Ok(seed.map_or_else(Vec::new, images))
    }

    #[test]
    fn an_image_with_its_tags() {
        assert_eq!(read(None, None), Ok(Vec::new()));
        assert_eq!(read(Some("r.test/a"), None), Ok(vec!["r.test/a:latest".to_owned()]));
        assert_eq!(read(Some("r.test/a:b"), None), Ok(vec!["r.test/a:b".to_owned()]));
        let both = ["r.test:5000/a:b", "r.test:5000/a:main"].map(str::to_owned).to_vec();
        assert_eq!(read(Some("r.test:5000/a"), Some("b,,main")), Ok(both));
    }

    #[test]
    fn what_is_wrong_is_said_where_it_is() {
        for (image, tags, wrong) in [
            (None, Some("a"), "1: the directive `tags` needs a `seed`"),
            (Some("r.test/a:b"), Some("a"), "0: the directive `seed`: `r.test/a:b` has a tag"),
            (Some("R.test/A"), None, "0: the directives of a seed: `R.test/A` is not an image"),
            (Some("r.test/a"), Some("a,b/c"), "1: the directives of a seed: `r.test/a:b/c` is not"),
        ] {
            let found = read(image, tags).unwrap_err();
            assert!(found.starts_with(wrong), "{found}");
        }
    }
}
