//! Calendar feeds: managing them, what apps fetch, and who learns what by them.

mod fetching;
mod managing;
mod secrets;

use serde_json::{Value, json};

use crate::support::Person;

const FEEDS: &str = "/v1/me/calendar-feeds";

impl Person {
    /// A feed that they make, with its address.
    async fn feeds(&self, body: Value) -> Value {
        self.post(FEEDS, body).await.expect(201)
    }
}

/// The path of a feed.
fn path(feed: &Value) -> String {
    format!("{FEEDS}/{}", feed["id"].as_str().unwrap())
}

/// The path that an app fetches.
fn file(feed: &Value) -> String {
    let url = feed["url"].as_str().unwrap();
    url.strip_prefix("http://support-network.test").unwrap_or_else(|| panic!("{url}")).to_owned()
}

fn names() -> Value {
    json!({"show_names": true})
}
