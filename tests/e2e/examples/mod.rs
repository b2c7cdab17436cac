//! The examples, built as their pages say, and what their pages tell to try. Base images that can't be
//! pulled everywhere are led to stand-ins by named contexts: the tools themselves are real.

mod compiled;
mod polyglot;
mod scripted;
mod stand_ins;
mod syntax_image;

use crate::harness::{Build, Project, unique_image};

/// Makes builds of an example, with images for the names in its manifest.
struct Example {
    project: Project,
    contexts: Vec<String>,
}

impl Example {
    fn new(name: &str, images: &[(&str, &str)]) -> Self {
        let context =
            |(name, image): &(&str, &str)| format!("--build-context={name}=docker-image://{image}");
        let contexts = images.iter().map(context).collect();
        Example { project: Project::example(name), contexts }
    }

    fn build(&self) -> Build<'_> {
        self.project.build().args(self.contexts.iter().cloned())
    }

    /// Puts a text in place of another one in a file.
    fn edit(&self, path: &str, old: &str, new: &str) {
        let text = std::fs::read_to_string(self.project.path().join(path)).expect("a file");
        assert!(text.contains(old), "`{old}` is not in {path}: {text}");
        self.project.write(path, text.replace(old, new));
    }

    /// Builds a target and runs a command in the image: what it prints.
    fn prints(&self, target: &str, command: &str) -> String {
        let image = unique_image(&format!("example-{target}"));
        let output = format!("type=image,name={image},push=true");
        self.build().args(["--target", target, "--output", &output]).ok();
        let seen = Project::reporting(&format!(
            "[stage.work]\nfrom = '{image}'\nuser = 'root'\n\
             layer = [{{ mkdir = '/out' }}, {{ run = '''{command} > /out/printed''' }}]\n"
        ));
        seen.build().files().text("/printed")
    }

    /// The layers that an edit runs again, by their names in the order of the alphabet; the target was
    /// built before.
    fn runs_again(&self, target: &str) -> Vec<String> {
        let trace = self.build().args(["--target", target]).trace();
        let name = |vertex: &&str| {
            let title = vertex.split_once("] ").map_or(*vertex, |(_, title)| title);
            title.split(": ").next().unwrap_or_default().to_owned()
        };
        let mut names: Vec<String> = trace.executed().iter().map(name).collect();
        names.sort();
        names
    }
}
