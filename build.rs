//! Takes out of the published document what a server reads of it at its start.

use std::{collections::BTreeMap, env, error::Error, fs, path::PathBuf};

use operation::{Operation, Operations};
use serde::{Deserialize, de::IgnoredAny};

#[path = "src/http/openapi/operation.rs"]
mod operation;

const DOCUMENT: &str = "openapi/openapi.json";

#[derive(Default, Deserialize)]
struct Published {
    paths: BTreeMap<String, BTreeMap<String, PublishedOperation>>,
}

#[derive(Deserialize)]
struct PublishedOperation {
    tags: Vec<String>,
    #[serde(default, rename = "x-required-scopes")]
    scopes: Vec<String>,
    #[serde(default)]
    security: Vec<BTreeMap<String, IgnoredAny>>,
    #[serde(default)]
    parameters: Vec<Parameter>,
    #[serde(rename = "requestBody")]
    body: Option<IgnoredAny>,
    responses: BTreeMap<String, Response>,
}

#[derive(Deserialize)]
struct Parameter {
    name: String,
    #[serde(rename = "in")]
    place: String,
}

#[derive(Deserialize)]
struct Response {
    #[serde(default)]
    content: BTreeMap<String, IgnoredAny>,
}

impl From<PublishedOperation> for Operation {
    fn from(published: PublishedOperation) -> Self {
        let tells_faults = published.body.is_some()
            || published.parameters.iter().any(|one| one.place == "query" || one.name == "If-Match");
        let query = published.parameters.into_iter().filter(|parameter| parameter.place == "query");
        let successes = published.responses.into_iter().filter(|(status, _)| status.starts_with('2'));
        Self {
            scopes: published.scopes,
            is_open: published.security.iter().any(BTreeMap::is_empty),
            query: query.map(|parameter| parameter.name).collect(),
            tells_faults,
            formats: successes.flat_map(|(_, response)| response.content.into_keys()).collect(),
            tag: published.tags.into_iter().next().unwrap_or_default(),
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={DOCUMENT}");
    let document = fs::read(DOCUMENT)?;
    let published = match document.is_empty() {
        // It is about to be written anew, by the command that this build is for.
        true => Published::default(),
        false => serde_json::from_slice(&document)?,
    };
    let of_path = |item: BTreeMap<String, PublishedOperation>| {
        item.into_iter().map(|(method, operation)| (method, operation.into())).collect()
    };
    let operations: Operations = published.paths.into_iter().map(|(path, item)| (path, of_path(item))).collect();
    let folder = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo names no folder")?);
    fs::write(folder.join("operations.json"), serde_json::to_vec(&operations)?)?;
    Ok(())
}
