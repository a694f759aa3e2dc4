//! What is shipped beside the code names only what exists.

use std::{collections::BTreeMap, fs, path::Path};

use secrecy::ExposeSecret;
use serde_json::Value;
use support_network::config::{self, Config, SETTINGS};

fn text(file: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap()
}

fn compose() -> Value {
    serde_saphyr::from_str(&text("docker-compose.yml")).unwrap()
}

/// The name of a setting in the environment.
fn variable(setting: &str) -> String {
    format!("SUPPORT_NETWORK_{}", setting.to_uppercase().replace('.', "__"))
}

/// `${NAME:-default}` where no NAME is set.
fn with_defaults(value: &str) -> String {
    let mut parts = value.split("${");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        let (inside, rest) = part.split_once('}').unwrap();
        text + inside.split_once(":-").unwrap_or_else(|| panic!("{inside} has no default")).1 + rest
    })
}

fn loaded(environment: &BTreeMap<String, String>) -> Config {
    let loaded = config::load(None, environment.iter().map(|(name, value)| (name.into(), value.into())), []);
    loaded.unwrap_or_else(|fault| panic!("{fault}")).config
}

/// The instructions of each stage, continued lines joined.
fn stages() -> Vec<Vec<(String, String)>> {
    let mut stages = Vec::new();
    let file = text("Dockerfile").replace("\\\n", " ");
    for line in file.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (instruction, rest) = line.split_once(' ').unwrap();
        if instruction == "FROM" {
            stages.push(Vec::new());
        }
        stages.last_mut().unwrap().push((instruction.to_owned(), rest.trim().to_owned()));
    }
    stages
}

fn find<'a>(stage: &'a [(String, String)], instruction: &str) -> &'a str {
    let found = stage.iter().find(|(name, _)| name == instruction);
    found.map(|(_, rest)| rest.as_str()).unwrap_or_else(|| panic!("the image has no {instruction}"))
}

#[test]
fn the_composed_service_starts_with_the_settings_it_is_given() {
    let compose = compose();
    let given = compose["services"]["api"]["environment"].as_object().unwrap();
    let environment: BTreeMap<_, _> =
        given.iter().map(|(name, value)| (name.clone(), with_defaults(value.as_str().unwrap()))).collect();
    let config = loaded(&environment);
    let database = &compose["services"]["database"]["environment"];
    let url = url::Url::parse(config.database_url().expose_secret()).unwrap();
    assert_eq!(url.host_str(), Some("database"));
    assert_eq!(url.username(), database["POSTGRES_USER"]);
    assert_eq!(url.path().trim_start_matches('/'), database["POSTGRES_DB"]);
    assert_eq!(url.password(), Some(with_defaults(database["POSTGRES_PASSWORD"].as_str().unwrap()).as_str()));
    assert_eq!(compose["services"]["api"]["depends_on"]["database"]["condition"], "service_healthy");
    assert!(compose["services"]["database"]["healthcheck"]["test"].is_array());
    let named = ["api", "database"].map(|service| {
        let volume = compose["services"][service]["volumes"][0].as_str().unwrap();
        volume.split(':').next().unwrap().to_owned()
    });
    for volume in named {
        assert!(compose["volumes"].as_object().unwrap().contains_key(&volume), "{volume} is not declared");
    }
}

#[test]
fn the_image_runs_the_service_as_nobody_special() {
    let stages = stages();
    let (build, image) = (stages.first().unwrap(), stages.last().unwrap());
    assert!(find(build, "FROM").ends_with(" AS build") && stages.len() == 2);
    assert!(build.iter().any(|(_, rest)| rest.contains("cargo build --release --locked")));
    assert!(!matches!(find(image, "USER"), "root" | "0"));
    assert!(find(image, "HEALTHCHECK").ends_with(r#"CMD ["support-network", "health"]"#));
    assert_eq!(find(image, "ENTRYPOINT"), r#"["support-network"]"#);
    let environment: BTreeMap<_, _> = find(image, "ENV")
        .split_whitespace()
        .map(|pair| pair.split_once('=').unwrap())
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let config = loaded(&environment);
    assert_eq!(config.data_dir, Path::new(find(image, "VOLUME")));
    assert_eq!(config.listen.port().to_string(), find(image, "EXPOSE"));
    assert!(config.listen.ip().is_unspecified());
}

#[test]
fn the_readme_lists_every_setting_and_no_other() {
    let readme = text("README.md");
    let rows: Vec<Vec<&str>> = readme
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().trim_matches('`')).collect())
        .filter(|cells: &Vec<&str>| cells.get(1).is_some_and(|cell| cell.starts_with("SUPPORT_NETWORK_")))
        .collect();
    let listed: Vec<&str> = rows.iter().map(|cells| cells[0]).collect();
    assert_eq!(listed, SETTINGS.map(|(name, _)| name));
    for cells in rows {
        assert_eq!(cells[1], variable(cells[0]));
        assert!(cells.len() == 4 && !cells[2].is_empty() && !cells[3].is_empty(), "{cells:?}");
    }
}

#[test]
fn no_text_names_a_setting_that_does_not_exist() {
    for file in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "Dockerfile", "docker-compose.yml"] {
        for word in text(file).split(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
            if word.starts_with("SUPPORT_NETWORK_") && word.len() > "SUPPORT_NETWORK_".len() {
                assert!(SETTINGS.iter().any(|(name, _)| variable(name) == word), "{file} names {word}");
            }
        }
    }
}
