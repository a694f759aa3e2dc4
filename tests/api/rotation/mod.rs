//! Whose turn it is, and how turns are passed on.

use serde_json::{Value, json};

use crate::support::{Circle, Meetings, Person, TestApp};

mod agenda;
mod fairness;
mod permissions;
mod queue;
mod roles;
mod swaps;

/// A circle that meets weekly: its owner, then ana, ben and chi, in the order in which they joined.
struct Ring {
    circle: Circle,
    meetings: Meetings,
    members: [(Person, Value); 3],
}

/// A Balint group whose meetings take so many minutes.
async fn ring(app: &TestApp, minutes: i64) -> Ring {
    ring_with(app, minutes, json!({"min_size": 2, "quorum": 2, "consultation_format": "balint"})).await
}

async fn ring_with(app: &TestApp, minutes: i64, members: Value) -> Ring {
    let circle = app.circle_with(members).await;
    let members = circle.seats_all(app, ["ana", "ben", "chi"]).await;
    let meetings = app.meets_weekly(&circle, minutes).await;
    Ring { circle, meetings, members }
}

impl Ring {
    /// The same with new sessions, for when the clock has moved past the old tokens.
    async fn again(self, app: &TestApp) -> Self {
        let circle = app.circle_again(&self.circle).await;
        let [(ana, a), (ben, b), (chi, c)] = self.members;
        let members = [(app.again(&ana).await, a), (app.again(&ben).await, b), (app.again(&chi).await, c)];
        Self { circle, members, ..self }
    }
}

fn id(one: &Value) -> &str {
    one["id"].as_str().unwrap()
}
