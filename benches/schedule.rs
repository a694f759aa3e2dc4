//! What it costs to derive a year of meetings from fifty series: how many queries, and how much CPU.
//!
//! `cargo bench --bench schedule` measures it in this process, on SQLite.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark stops at the first surprise"
)]

#[allow(dead_code, reason = "each benchmark uses what it needs")]
#[path = "load/cpu.rs"]
mod cpu;

use chrono::{Days, TimeDelta};
use cpu::CpuTime;
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};
use support_network::{
    clock::Clock,
    config::Config,
    entities::{
        consultation_group,
        meeting_series::{self, LocalTimes, StoredRule, StoredRules},
    },
    problem::REQUEST_ID,
    reference::demo,
    schedule::{rules::key_of, store},
    server,
};
use uuid::Uuid;

const SERIES: u64 = 50;
const ROUNDS: u32 = 400;
/// The goal, in milliseconds of CPU.
const GOAL: f64 = 5.0;

#[actix_web::main]
async fn main() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config { data_dir: folder.path().to_owned(), ..Config::default() };
    let app = server::prepare(config, Clock::default()).await.unwrap_or_else(|fault| panic!("{fault}"));
    demo::seed(&app).await.unwrap();
    let group = consultation_group::Entity::find().one(app.db.read()).await.unwrap().unwrap();
    let now = app.clock.now();
    for number in 0..SERIES {
        // They began ten years ago, and lie a quarter of an hour apart.
        let starts = (now - TimeDelta::days(3650)).date_naive().and_hms_opt(0, 0, 0).unwrap();
        let starts = starts + TimeDelta::minutes(15 * i64::try_from(number).unwrap());
        let id = Uuid::now_v7();
        let rule = StoredRule {
            from: starts,
            until: None,
            starts,
            time_zone: "America/Los_Angeles".into(),
            rrule: Some("FREQ=WEEKLY;INTERVAL=2".into()),
            duration_minutes: 15,
            place: None,
            join_url: None,
        };
        let row = meeting_series::Model {
            id,
            consultation_group_id: group.id,
            meeting_key: key_of(id),
            recurring: true,
            title: None,
            rules: StoredRules(vec![rule]),
            exdates: LocalTimes::default(),
            starts_at: now - TimeDelta::days(3660),
            ends_at: None,
            created_by: group.created_by,
            version: 1,
            created_at: now,
            updated_at: now,
        };
        app.db
            .write(async |tx| {
                let row = row.clone().into_active_model().reset_all();
                meeting_series::Entity::insert(row).exec_without_returning(tx).await?;
                Ok(())
            })
            .await
            .unwrap();
    }
    let to = now.checked_add_days(Days::new(365)).unwrap();
    let own = [std::process::id()];
    let (statements, before) = (app.db.statements(), CpuTime::of(&own));
    let mut found = 0;
    for _ in 0..ROUNDS {
        // Only what is sent for a request is counted.
        let asked = store::occurrences(app.db.read(), store::of_group(group.id), now, to);
        found = REQUEST_ID.scope(Uuid::now_v7(), asked).await.unwrap().len();
    }
    let spent = CpuTime::of(&own).since(before).micros() / f64::from(ROUNDS) / 1000.0;
    let queries = (app.db.statements() - statements) as f64 / f64::from(ROUNDS);
    println!(
        "{found} meetings of {SERIES} series in a year: {queries} queries, {spent:.2} ms of CPU (goal: 1, {GOAL} ms)"
    );
}
