//! What invented people found when they took stock, and their plans.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::DatabaseTransaction;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::find;
use crate::{
    problem::{Problem, Result},
    self_assessments::{
        schema::SelfAssessmentCreate,
        store::{self, Form},
    },
    state::State,
    support_plan::{
        schema::{SupportActionCreate, SupportActionEntryCreate, SupportTieCreate},
        store::{actions, log, ties},
    },
};

const STOCK: &str = include_str!("../../../reference/demo_self_assessments.json");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stock {
    challenge_checks: Vec<DemoCheck>,
    published: Vec<DemoAssessment>,
    actions: Vec<DemoAction>,
    ties: Vec<DemoTie>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DemoCheck {
    therapist: String,
    days_ago: i64,
    /// Of each challenge how often and how much; null where it does not apply.
    burdens: HashMap<String, Option<(i64, i64)>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DemoAssessment {
    therapist: String,
    days_ago: i64,
    instrument: String,
    /// In the order of the items.
    answers: Vec<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DemoAction {
    therapist: String,
    days_ago: i64,
    action: SupportActionCreate,
    done_days_ago: Vec<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DemoTie {
    therapist: String,
    days_ago: i64,
    contact_days_ago: i64,
    tie: SupportTieCreate,
}

impl DemoCheck {
    fn answers(&self) -> Vec<Value> {
        let of_challenge = |(challenge, burden): (&String, &Option<(i64, i64)>)| {
            let parts = match burden {
                Some((frequency, impact)) => vec![("applies", 1), ("frequency", *frequency), ("impact", *impact)],
                None => vec![("applies", 0)],
            };
            let answer = |(part, value)| json!({"item": format!("{challenge}.{part}"), "value": value});
            parts.into_iter().map(answer).collect::<Vec<_>>()
        };
        self.burdens.iter().flat_map(of_challenge).collect()
    }
}

/// Puts it all in.
pub async fn seed(
    tx: &DatabaseTransaction,
    app: &State,
    accounts: &HashMap<&str, Uuid>,
    now: DateTime<Utc>,
) -> Result<()> {
    let stock: Stock = serde_json::from_str(STOCK).map_err(Problem::internal)?;
    let ago = |days| now - TimeDelta::days(days);
    for one in &stock.challenge_checks {
        take(tx, app, find(accounts, &one.therapist)?, "challenge-check", one.answers(), ago(one.days_ago)).await?;
    }
    for one in &stock.published {
        let numbered = one.answers.iter().enumerate();
        let answers = numbered.map(|(index, value)| json!({"item": (index + 1).to_string(), "value": value})).collect();
        take(tx, app, find(accounts, &one.therapist)?, &one.instrument, answers, ago(one.days_ago)).await?;
    }
    for one in &stock.actions {
        let (account_id, then) = (find(accounts, &one.therapist)?, ago(one.days_ago));
        let (action, _) = actions::create(tx, app, account_id, &one.action, then.date_naive(), then).await?;
        for done in one.done_days_ago.iter().map(|days| ago(*days)) {
            let entry = SupportActionEntryCreate { done_on: Some(done.date_naive()), note: None, helpful: None };
            let action = actions::get_to_write(tx, app, account_id, action.id).await?;
            log::create(tx, app, action, &entry, done.date_naive(), done).await?;
        }
    }
    for one in &stock.ties {
        let last_contact_on = Some(ago(one.contact_days_ago).date_naive());
        let tie = SupportTieCreate { last_contact_on, ..one.tie.clone() };
        let account_id = find(accounts, &one.therapist)?;
        ties::create(tx, app, account_id, &tie, now.date_naive(), ago(one.days_ago)).await?;
    }
    Ok(())
}

async fn take(
    tx: &DatabaseTransaction,
    app: &State,
    account_id: Uuid,
    instrument: &str,
    answers: Vec<Value>,
    then: DateTime<Utc>,
) -> Result<()> {
    let body = json!({"instrument": instrument, "answers": answers, "submit": true});
    let body: SelfAssessmentCreate = serde_json::from_value(body).map_err(Problem::internal)?;
    let known = app.instruments.newest(instrument);
    let known = known.ok_or_else(|| Problem::internal(format!("the demo has no instrument {instrument}")))?;
    let form = Form { language: known.language.clone(), instrument: known.clone() };
    store::create(tx, app, account_id, &form, &body, then).await?;
    Ok(())
}
