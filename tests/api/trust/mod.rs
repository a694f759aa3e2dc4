//! Blocks and reports, and how far they reach into consultation groups.

mod blocks;
mod reach;
mod reports;
mod sight;

/// A path to something, as `Location` names it.
fn at(report: &serde_json::Value) -> String {
    format!("/v1/reports/{}", report["id"].as_str().unwrap())
}
