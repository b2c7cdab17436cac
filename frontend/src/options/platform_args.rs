//! The arguments that are there without being declared: the platforms of the build, by Dockerfile's
//! names.

use std::collections::BTreeMap;

use super::Options;
use crate::platform::Platform;

impl Options {
    /// `BUILDPLATFORM`, `TARGETARCH` and their kin for one target platform, and `TARGETSTAGE`.
    pub fn platform_args(&self, target: &Platform) -> BTreeMap<String, String> {
        let mut args = BTreeMap::new();
        for (prefix, platform) in [("BUILD", &self.build_platform), ("TARGET", target)] {
            let parts = [
                ("PLATFORM", platform.to_string()),
                ("OS", platform.os.clone()),
                ("OSVERSION", platform.os_version.clone()),
                ("ARCH", platform.architecture.clone()),
                ("VARIANT", platform.variant.clone()),
            ];
            args.extend(parts.map(|(part, value)| (format!("{prefix}{part}"), value)));
        }
        let stage = self.target.clone().unwrap_or_else(|| "default".to_owned());
        args.insert("TARGETSTAGE".to_owned(), stage);
        args
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_platforms_are_told_apart() {
        let options =
            Options { build_platform: Platform::new("linux", "amd64", ""), ..Options::default() };
        let args = options.platform_args(&Platform::new("linux", "arm", "v6"));
        assert_eq!(args["BUILDPLATFORM"], "linux/amd64");
        assert_eq!(args["TARGETPLATFORM"], "linux/arm/v6");
        assert_eq!((args["TARGETARCH"].as_str(), args["TARGETVARIANT"].as_str()), ("arm", "v6"));
        assert_eq!(args["TARGETSTAGE"], "default");
    }
}
