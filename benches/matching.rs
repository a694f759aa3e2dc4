//! What the first page of `GET /v1/consultation-groups/matches` costs, and how that grows with the groups.
//!
//! `cargo bench --bench matching` measures the release binary on SQLite; with `BENCH_DATABASE_URL=postgres://…` (an empty
//! database) on PostgreSQL too, its own CPU included.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark stops at the first surprise"
)]

#[allow(dead_code, reason = "each benchmark uses what it needs")]
mod load {
    pub mod client;
    pub mod cpu;
    pub mod servers;
}

use chrono::{TimeDelta, Utc};
use load::{client::drive, servers::Service};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ConnectionTrait, EntityTrait, IntoActiveModel};
use serde_json::json;
use support_network::{
    consultation_groups::rules::matching_key,
    db::Db,
    entities::{
        DayHours, Strings, Weekday, WeeklyHours, account, account_block,
        consultation_group::{self, GroupFormat, GroupJoinPolicy, GroupPurpose, GroupVisibility, StoredGroupStatus},
        membership::{self, MembershipKind, MembershipRole, MembershipStatus, Verification},
    },
};
use uuid::Uuid;

const ROUNDS: usize = 5;
const PATH: &str = "/v1/consultation-groups/matches";
/// How many open groups there are, and how many requests a round has.
const SIZES: [(usize, usize); 3] = [(1_000, 200), (10_000, 40), (100_000, 10)];
/// The goal, in milliseconds for ten thousand groups.
const GOAL: f64 = 50.0;

const SPECIALTIES: [&str; 12] = [
    "trauma",
    "grief",
    "couples",
    "ocd",
    "anxiety",
    "depression",
    "addiction",
    "adhd",
    "burnout",
    "perinatal",
    "sleep",
    "suicidality",
];
const MODALITIES: [&str; 8] = ["emdr", "ifs", "cbt", "erp", "act", "dbt", "gottman", "narrative"];
const POPULATIONS: [&str; 6] = ["adults", "teens", "children", "couples", "families", "veterans"];
const BANDS: [&str; 5] = ["pre_licensed", "early", "established", "senior", "veteran"];
const DAYS: [Weekday; 7] = [
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
    Weekday::Thursday,
    Weekday::Friday,
    Weekday::Saturday,
    Weekday::Sunday,
];
const ZONES: [&str; 24] = [
    "America/Los_Angeles",
    "America/Phoenix",
    "America/Denver",
    "America/Chicago",
    "America/New_York",
    "America/Toronto",
    "America/Halifax",
    "America/Sao_Paulo",
    "America/Mexico_City",
    "Europe/London",
    "Europe/Berlin",
    "Europe/Paris",
    "Europe/Madrid",
    "Europe/Athens",
    "Africa/Nairobi",
    "Africa/Lagos",
    "Asia/Jerusalem",
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "Asia/Tokyo",
    "Australia/Sydney",
    "Australia/Lord_Howe",
    "Pacific/Auckland",
    "Pacific/Apia",
];

fn main() {
    // `cargo bench` and `cargo test --benches` pass flags of the standard harness.
    if std::env::args().any(|flag| flag == "--test") {
        return;
    }
    tokio::runtime::Runtime::new().unwrap().block_on(run());
}

async fn run() {
    let mut databases = vec![("SQLite", None)];
    if let Ok(url) = std::env::var("BENCH_DATABASE_URL") {
        databases.push(("PostgreSQL", Some(url)));
    }
    for (name, url) in databases {
        println!("\n{name}: the first page of matches");
        println!("{:>12} {:>10} {:>12} {:>9} {:>9}", "open groups", "CPU ms", "µs a group", "p50 ms", "goal");
        let service = Service::start(url, people).await;
        tell_about_me(&service).await;
        let (mut there, mut first) = (0, None);
        for (groups, requests) in SIZES {
            service.fill(async |db: &Db| found(db, there..groups, service.data).await).await;
            there = groups;
            let (cpu, p50) = measure(&service, requests).await;
            let goal = if groups == 10_000 { format!("≤ {GOAL}") } else { String::new() };
            println!("{groups:>12} {cpu:>10.2} {:>12.2} {p50:>9.2} {goal:>9}", cpu * 1000.0 / groups as f64);
            let (least, fewest) = *first.get_or_insert((cpu, groups));
            if groups > fewest {
                let (more, longer) = (groups as f64 / fewest as f64, cpu / least);
                println!("{:>12} {more:.0} times the groups cost {longer:.1} times the CPU", "");
            }
        }
    }
}

/// Milliseconds of CPU for a request, and how long the median one took: the median of the rounds.
async fn measure(service: &Service<Uuid>, requests: usize) -> (f64, f64) {
    let mut rounds = Vec::new();
    for round in 0..=ROUNDS {
        let before = service.cpu();
        let run = drive(service.address, 2, requests, |_| service.get(PATH)).await;
        // The first round warms up.
        if round > 0 {
            rounds.push((service.cpu().since(before).micros() / 1000.0 / requests as f64, run.quantile(0.5)));
        }
    }
    rounds.sort_by(|one, other| one.0.total_cmp(&other.0));
    rounds[ROUNDS / 2]
}

async fn tell_about_me(service: &Service<Uuid>) {
    let hours = |day: &str| json!({"weekday": day, "from": "08:30", "to": "17:00"});
    let days = ["monday", "tuesday", "wednesday", "thursday", "friday"];
    let profile = json!({"specialties": ["trauma", "grief", "couples", "burnout"], "modalities": ["emdr", "ifs"],
        "populations": ["adults", "couples"], "experience": "senior", "formats": ["online", "in_person"],
        "languages": ["en"], "time_zone": "America/Los_Angeles",
        "availability": days.map(hours)});
    let url = format!("http://{}/v1/me/profile", service.address);
    let answer = reqwest::Client::new().put(url).bearer_auth(&service.token).json(&profile).send().await.unwrap();
    assert_eq!(answer.status(), 201);
}

/// Somebody who owns every group, and somebody whom I have blocked.
async fn people(db: &Db) -> Uuid {
    let me = account::Entity::find().one(db.read()).await.unwrap().unwrap();
    let [owner, blocked] = [Uuid::now_v7(), Uuid::now_v7()];
    let somebody = |id: Uuid| {
        let email = format!("{id}@example.org");
        let row = account::Model { id, email: email.clone(), email_key: Some(email), ..me.clone() };
        row.into_active_model().reset_all()
    };
    let block =
        account_block::ActiveModel { blocker_id: Set(me.id), blocked_id: Set(blocked), created_at: Set(Utc::now()) };
    db.write(async |tx| {
        account::Entity::insert_many([somebody(owner), somebody(blocked)]).exec_without_returning(tx).await?;
        account_block::Entity::insert(block.clone()).exec_without_returning(tx).await?;
        Ok(())
    })
    .await
    .unwrap();
    owner
}

/// Founds groups that all take people.
async fn found(db: &Db, numbers: std::ops::Range<usize>, owner: Uuid) {
    for chunk in numbers.collect::<Vec<_>>().chunks(200) {
        let groups: Vec<_> = chunk.iter().map(|number| group(*number, owner)).collect();
        let seats: Vec<_> = groups.iter().map(seat).collect();
        let rows: Vec<_> = groups.into_iter().map(|group| group.into_active_model().reset_all()).collect();
        db.write(async |tx| {
            consultation_group::Entity::insert_many(rows.clone()).exec_without_returning(tx).await?;
            membership::Entity::insert_many(seats.clone()).exec_without_returning(tx).await?;
            Ok(())
        })
        .await
        .unwrap();
    }
    db.read().execute_unprepared("ANALYZE").await.unwrap();
}

fn seat(group: &consultation_group::Model) -> membership::ActiveModel {
    membership::ActiveModel {
        id: Set(Uuid::now_v7()),
        account_id: Set(group.created_by),
        kind: Set(MembershipKind::ConsultationGroup),
        consultation_group_id: Set(Some(group.id)),
        role: Set(MembershipRole::Owner),
        status: Set(MembershipStatus::Active),
        requested_at: Set(group.created_at),
        joined_at: Set(Some(group.created_at)),
        verification: Set(Verification::SelfReported),
        version: Set(1),
        created_at: Set(group.created_at),
        updated_at: Set(group.created_at),
        ..Default::default()
    }
}

/// The words of `list` that group `number` has.
fn some(list: &[&str], number: usize, step: usize, most: usize) -> Strings {
    let words = (0..=number * step % most).map(|at| list[(number * step / 7 + at) % list.len()].to_owned());
    Strings(words.collect())
}

fn group(number: usize, owner: Uuid) -> consultation_group::Model {
    let now = Utc::now();
    let hours = |at: usize| {
        let from = 7 + (number * 31 + at * 3) % 12;
        let weekday = DAYS[(number + at * 2) % 7];
        DayHours { weekday, from: format!("{from:02}:00"), to: format!("{:02}:30", from + 2) }
    };
    let group = consultation_group::Model {
        id: Uuid::now_v7(),
        name: format!("Circle {number}"),
        slug: format!("circle-{number}"),
        purpose: GroupPurpose::PeerConsultation,
        description: Some("We meet every other week and consult one another on our work. ".repeat(6)),
        specialties: some(&SPECIALTIES, number, 11, 4),
        modalities: some(&MODALITIES, number, 13, 3),
        populations: some(&POPULATIONS, number, 17, 3),
        languages: some(&["en", "en-US", "es"], number, 1, 2),
        experience: some(&BANDS, number, 19, 3),
        licence_families: Strings::default(),
        format: [GroupFormat::Online, GroupFormat::InPerson, GroupFormat::Hybrid][number % 3],
        country: None,
        region: None,
        city: None,
        time_zone: ZONES[number * 7 % ZONES.len()].into(),
        availability: WeeklyHours((0..=number % 3).map(hours).collect()),
        meeting_minutes: 90,
        cadence_days: 14,
        consultation_format: None,
        min_size: 4,
        max_size: 8,
        quorum: 3,
        join_policy: GroupJoinPolicy::Approval,
        join_questions: Default::default(),
        visibility: GroupVisibility::Members,
        organization_id: None,
        status: if number.is_multiple_of(2) { StoredGroupStatus::Active } else { StoredGroupStatus::Forming },
        paused_until: None,
        alive_at: Some(now),
        kept_until: None,
        dormant_at: Some(now + TimeDelta::days(42)),
        agreement_number: Some(1),
        sort_name: format!("circle {number:06}"),
        search_name: format!("circle {number}"),
        search_text: "we meet every other week and consult one another on our work ".repeat(6),
        matching_key: String::new(),
        created_by: owner,
        version: 1,
        created_at: now,
        updated_at: now,
    };
    consultation_group::Model { matching_key: matching_key(&group), ..group }
}
