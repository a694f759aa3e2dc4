use reqwest::Method;
use serde_json::{Value, json};

use super::{Answer, Client, Guild, Person, TestApp};

/// The path of an event, and what follows it.
pub fn event_path(event: &Value, of: &str) -> String {
    format!("/v1/events/{}{of}", event["id"].as_str().unwrap())
}

/// An online workshop from 10:00 to 13:00 UTC on a day of the future, with these members too.
pub fn workshop(app: &TestApp, more: Value) -> Value {
    let day = app.day(30);
    let mut body = json!({"kind": "workshop", "title": "Grief in the body", "starts_local": format!("{day}T10:00"),
        "ends_local": format!("{day}T13:00"), "time_zone": "UTC", "format": "online"});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

impl Guild {
    /// An event that the owner has drafted.
    pub async fn plans(&self, app: &TestApp, more: Value) -> Value {
        self.owner.post(&self.path("events"), workshop(app, more)).await.expect(201)
    }

    /// An event that the owner has drafted and published.
    pub async fn holds(&self, app: &TestApp, more: Value) -> Value {
        let draft = self.plans(app, more).await;
        self.owner.post(&event_path(&draft, "/publish"), json!({})).await.expect(200)
    }

    /// The event as the owner sees it now.
    pub async fn event(&self, event: &Value) -> Value {
        self.owner.get(&event_path(event, "")).await.expect(200)
    }

    /// How many have a place in it, and how many wait.
    pub async fn counts(&self, event: &Value) -> (i64, i64) {
        let event = self.event(event).await;
        (event["registered_count"].as_i64().unwrap(), event["waitlisted_count"].as_i64().unwrap())
    }

    /// Who takes part and who waits: their names, statuses and places in the line. It is held against the counts.
    pub async fn takes_part(&self, event: &Value) -> Vec<(String, String, Option<i64>)> {
        let list = self.owner.all(&event_path(event, "/registrations?limit=100")).await;
        let text = |one: &Value, member: &str| one[member].as_str().unwrap().to_owned();
        let shown = |one: &Value| (text(one, "display_name"), text(one, "status"), one["waitlist_position"].as_i64());
        let list: Vec<_> = list.iter().map(shown).collect();
        let with = |status: &str| i64::try_from(list.iter().filter(|one| one.1 == status).count()).unwrap();
        assert_eq!(self.counts(event).await, (with("registered"), with("waitlisted")), "{list:?}");
        list
    }

    /// The same guild, whose owner and moderator have new sessions.
    pub async fn again(&self, app: &TestApp) -> Self {
        let (owner, moderator) = (app.again(&self.owner).await, app.again(&self.moderator).await);
        Self { id: self.id.clone(), owner, moderator }
    }
}

impl Client {
    /// Registers for an event.
    pub async fn registers(&self, event: &Value) -> Answer {
        self.put(&event_path(event, "/registration"), json!({})).await
    }

    /// Withdraws from an event.
    pub async fn withdraws(&self, event: &Value) -> Answer {
        self.delete(&event_path(event, "/registration")).await
    }

    /// Reads their registration.
    pub async fn registration(&self, event: &Value) -> Answer {
        self.get(&event_path(event, "/registration")).await
    }

    /// A request about their registration that is based on a version.
    pub async fn registration_if(&self, method: Method, event: &Value, version: &str) -> Answer {
        let request = self.request(method, &event_path(event, "/registration")).header("if-match", version);
        request.json(&json!({})).send().await
    }
}

impl TestApp {
    /// People who register one after another; each gets what there is.
    pub async fn register_all<const N: usize>(&self, event: &Value, names: [&str; N]) -> [Person; N] {
        let mut people = Vec::new();
        for name in names {
            let person = self.therapist(name).await;
            person.registers(event).await.expect(201);
            people.push(person);
        }
        people.try_into().unwrap_or_else(|_| panic!("somebody for each name"))
    }
}
