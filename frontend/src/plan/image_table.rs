//! What a stage's `image` table says, laid over the config that the stage inherits.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::image::{ContainerConfig, Image};
use crate::manifest::model::{Healthcheck, ImageConfig};

/// Lays a stage's `image` table over an image. Environment, user and working directory are the
/// planner's, which knows what they inherit.
pub(super) fn apply(image: &mut Image, table: &ImageConfig) {
    if table.author.is_some() {
        image.author.clone_from(&table.author);
    }
    let config = &mut image.config;
    commands(config, table);
    if !table.labels.is_empty() {
        config.labels.get_or_insert_default().extend(table.labels.clone());
    }
    extend_set(&mut config.exposed_ports, &table.ports);
    extend_set(&mut config.volumes, &table.volumes);
    if table.stop_signal.is_some() {
        config.stop_signal.clone_from(&table.stop_signal);
    }
    if let Some(shell) = &table.shell {
        config.shell = non_empty(shell);
    }
    if let Some(check) = &table.healthcheck {
        config.healthcheck = Some(healthcheck(check));
    }
    // Triggers of the base image are Dockerfile instructions for the image built on it: this one.
    // They never pass on to the next.
    config.on_build = non_empty(&table.onbuild);
}

/// A new entry point drops the command that the base image meant for the old one, as in a
/// Dockerfile.
fn commands(config: &mut ContainerConfig, table: &ImageConfig) {
    if let Some(entrypoint) = &table.entrypoint {
        config.entrypoint = non_empty(entrypoint);
        config.cmd = None;
    }
    if let Some(cmd) = &table.cmd {
        config.cmd = non_empty(cmd);
        // Windows: the flag belongs to the command that it came with.
        config.rest.remove("ArgsEscaped");
    }
}

fn non_empty(list: &[String]) -> Option<Vec<String>> {
    (!list.is_empty()).then(|| list.to_vec())
}

fn extend_set(set: &mut Option<BTreeMap<String, Value>>, names: &[String]) {
    if !names.is_empty() {
        set.get_or_insert_default().extend(names.iter().map(|name| (name.clone(), json!({}))));
    }
}

fn healthcheck(check: &Healthcheck) -> Value {
    let mut value = serde_json::Map::new();
    value.insert("Test".into(), json!(check.test));
    let durations = [
        ("Interval", check.interval),
        ("Timeout", check.timeout),
        ("StartPeriod", check.start_period),
        ("StartInterval", check.start_interval),
        ("Retries", u64::from(check.retries)),
    ];
    for (key, number) in durations {
        if number != 0 {
            value.insert(key.into(), json!(number));
        }
    }
    Value::Object(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_point_drops_the_inherited_command() {
        let mut image = Image::default();
        image.config.cmd = Some(vec!["bash".into()]);
        let table =
            ImageConfig { entrypoint: Some(vec!["/entrypoint".into()]), ..ImageConfig::default() };
        apply(&mut image, &table);
        assert_eq!(image.config.cmd, None);
        assert_eq!(image.config.entrypoint, Some(vec!["/entrypoint".to_owned()]));
    }

    #[test]
    fn an_empty_list_removes() {
        let mut image = Image::default();
        image.config.entrypoint = Some(vec!["bash".into()]);
        image.config.on_build = Some(vec!["RUN make".into()]);
        let table = ImageConfig { entrypoint: Some(Vec::new()), ..ImageConfig::default() };
        apply(&mut image, &table);
        assert_eq!(image.config, ContainerConfig::default());
    }

    #[test]
    fn tables_add_and_scalars_replace() {
        let mut image = Image::default();
        image.config.labels = Some(BTreeMap::from([("a".into(), "1".into())]));
        image.config.stop_signal = Some("SIGTERM".into());
        let table = ImageConfig {
            labels: BTreeMap::from([("b".into(), "2".into())]),
            ports: vec!["80/tcp".into()],
            volumes: vec!["/data".into()],
            stop_signal: Some("SIGINT".into()),
            healthcheck: Some(Healthcheck {
                test: vec!["CMD".into(), "true".into()],
                interval: 5_000_000_000,
                retries: 3,
                ..Healthcheck::default()
            }),
            ..ImageConfig::default()
        };
        apply(&mut image, &table);
        let json = serde_json::to_value(&image.config).unwrap();
        assert_eq!(
            json,
            json!({
                "ExposedPorts": {"80/tcp": {}}, "Labels": {"a": "1", "b": "2"},
                "StopSignal": "SIGINT", "Volumes": {"/data": {}},
                "Healthcheck": {"Test": ["CMD", "true"], "Interval": 5_000_000_000u64, "Retries": 3}
            })
        );
    }
}
