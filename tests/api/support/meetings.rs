use serde_json::{Value, json};

use super::{Circle, Person, TestApp};

/// A Monday morning in Los Angeles, before clocks there change on 1 November.
pub const OCTOBER: &str = "2026-10-12T16:00:00Z";

impl TestApp {
    /// An active circle of four in October, that has not planned anything.
    pub async fn circle_in_october(&self) -> (Circle, [(Person, Value); 3]) {
        self.at(OCTOBER);
        let circle = self.circle_with(json!({"time_zone": "America/Los_Angeles"})).await;
        let seated = circle.seats_all(self, ["ben", "chi", "dee"]).await;
        circle.owner.post(&circle.path("activate"), json!({})).await.expect(200);
        (circle, seated)
    }
}

impl Circle {
    /// Every other Tuesday at noon in Los Angeles, four times, from 20 October on.
    pub async fn meets_fortnightly(&self) -> Value {
        self.plans(json!({"starts_local": "2026-10-20T12:00", "rrule": "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;COUNT=4"}))
            .await
    }

    /// A series that the owner has planned.
    pub async fn plans(&self, body: Value) -> Value {
        self.owner.post(&self.path("series"), body).await.expect(201)
    }

    /// Its meetings until spring, as the owner sees them.
    pub async fn meetings(&self) -> Vec<Value> {
        self.owner.all(&self.path("meetings?from=2026-10-01T00:00:00Z&to=2027-03-01T00:00:00Z")).await
    }
}

impl Person {
    /// Says whether they come to a meeting.
    pub async fn says(&self, meeting: &Value, answer: &str) -> Value {
        let answered = self.put(&meeting_path(meeting, "/rsvp"), json!({"answer": answer})).await;
        assert!(matches!(answered.status, 200 | 201), "{}", answered.text);
        answered.json
    }
}

/// The path of a meeting, and what follows it.
pub fn meeting_path(meeting: &Value, of: &str) -> String {
    format!("/v1/meetings/{}{of}", meeting["id"].as_str().unwrap())
}

/// The path of a series.
pub fn series_path(series: &Value) -> String {
    format!("/v1/series/{}", series["id"].as_str().unwrap())
}

/// The starts of meetings.
pub fn starts(meetings: &[Value]) -> Vec<&str> {
    meetings.iter().map(|one| one["starts_at"].as_str().unwrap()).collect()
}
