use serde_json::{Value, json};

use super::{Answer, Person, TestApp};

pub const ACTIONS: &str = "/v1/support-plan/actions";
pub const TIES: &str = "/v1/support-plan/ties";

impl Person {
    /// Plans an action with these members too.
    pub async fn plans(&self, more: Value) -> Answer {
        let mut body = json!({"avenue": "friendships", "what": "Call Ruth"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.post(ACTIONS, body).await
    }

    /// The path of an action that they plan.
    pub async fn action(&self, more: Value) -> String {
        let action = self.plans(more).await.expect(201);
        format!("{ACTIONS}/{}", action["id"].as_str().unwrap())
    }

    /// Writes down that the action was done.
    pub async fn logs(&self, action: &str, body: Value) -> Answer {
        self.post(&format!("{action}/log"), body).await
    }

    /// Adds a tie with these members too.
    pub async fn ties(&self, more: Value) -> Answer {
        let mut body = json!({"label": "Ruth", "kind": "person", "avenue": "friendships"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.post(TIES, body).await
    }

    /// The path of a tie that they add.
    pub async fn tie(&self, more: Value) -> String {
        let tie = self.ties(more).await.expect(201);
        format!("{TIES}/{}", tie["id"].as_str().unwrap())
    }
}

impl TestApp {
    /// The date so many days from today, in UTC.
    pub fn day(&self, days: i64) -> String {
        (self.clock.today() + chrono::TimeDelta::days(days)).to_string()
    }
}
