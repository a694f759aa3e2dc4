use serde_json::{Value, json};

use super::{Client, TestApp};

/// The password of everybody in the tests.
pub const PASSWORD: &str = "nine quiet herons at dusk";

/// Somebody who has an account and is signed in.
#[derive(Clone)]
pub struct Person {
    pub id: String,
    pub email: String,
    pub client: Client,
    pub refresh_token: String,
}

impl std::ops::Deref for Person {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl TestApp {
    /// A therapist with the address `name@example.org`, signed in.
    pub async fn therapist(&self, name: &str) -> Person {
        let email = format!("{name}@example.org");
        let body = json!({"email": email, "password": PASSWORD, "display_name": name});
        let account = self.anonymous().post("/v1/accounts", body).await.expect(201);
        self.sign_in(account["id"].as_str().unwrap(), &email).await
    }

    /// So many therapists.
    pub async fn crowd(&self, size: usize) -> Vec<Person> {
        let mut people = Vec::new();
        for number in 0..size {
            people.push(self.therapist(&format!("racer{number}")).await);
        }
        people
    }

    /// Another session of an account.
    pub async fn sign_in(&self, id: &str, email: &str) -> Person {
        let session = self.anonymous().post("/v1/sessions", json!({"email": email, "password": PASSWORD})).await;
        let session: Value = session.expect(201);
        Person {
            id: id.into(),
            email: email.into(),
            client: self.with_token(session["access_token"].as_str().unwrap()),
            refresh_token: session["refresh_token"].as_str().unwrap().into(),
        }
    }

    /// A therapist whose address is confirmed by the mail that came.
    pub async fn verified_therapist(&self, name: &str) -> Person {
        let person = self.therapist(name).await;
        let token = self.mail.to(&person.email).await.token();
        self.anonymous().post("/v1/email-verifications/confirm", json!({"token": token})).await.expect(200);
        self.state.sessions.forget_account(person.id.parse().unwrap());
        person
    }

    /// A therapist with a platform role, given as the command line gives it.
    pub async fn moderator(&self, name: &str) -> Person {
        self.with_role(name, support_network::entities::account::PlatformRole::Moderator).await
    }

    pub async fn admin(&self, name: &str) -> Person {
        self.with_role(name, support_network::entities::account::PlatformRole::Admin).await
    }

    async fn with_role(&self, name: &str, role: support_network::entities::account::PlatformRole) -> Person {
        let person = self.therapist(name).await;
        let now = self.clock.now();
        support_network::accounts::store::grant(&self.state.db, &person.email, role, now).await.unwrap();
        self.state.sessions.forget_account(person.id.parse().unwrap());
        person
    }
}
