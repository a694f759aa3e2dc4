//! The harness: a server of its own for each test, clients that speak HTTP, a mail server that keeps what it gets.
#![allow(dead_code, reason = "not every helper has a caller at all times")]

mod app;
mod assessments;
mod binary;
mod circles;
mod client;
mod database;
mod events;
mod fhir;
mod mail;
mod meetings;
mod people;
mod plans;
mod raw;
mod records;
mod rosters;
mod turns;
mod series;

pub use app::TestApp;
#[allow(unused_imports, reason = "named by the modules that take them as arguments")]
pub use assessments::{challenges, numbered};
#[allow(unused_imports, reason = "named by the modules that take them as arguments")]
pub use binary::{Installation, Running};
#[allow(unused_imports, reason = "named by the modules that take them as arguments")]
pub use circles::{Circle, agreement_path, clauses};
#[allow(unused_imports, reason = "named by the modules that take them as arguments")]
pub use client::{Answer, Client, Request, document};
pub use database::{TestDatabase, hold_writes};
#[allow(unused_imports, reason = "named by the modules that use them")]
pub use events::{event_path, workshop};
#[allow(unused_imports, reason = "named by the modules that take them as arguments")]
pub use fhir::{assert_valid_r4, faults_in_r4};
#[allow(unused_imports, reason = "named by the modules that take them as arguments")]
pub use meetings::{meeting_path, series_path, starts};
#[allow(unused_imports, reason = "named by the modules that take them as arguments")]
pub use people::{PASSWORD, Person};
#[allow(unused_imports, reason = "named by the modules that use them")]
pub use plans::{ACTIONS, TIES};
pub use records::{took_part, was_there};
#[allow(unused_imports, reason = "named by the modules that take them as arguments")]
pub use rosters::{Guild, last_of_owners};
#[allow(unused_imports, reason = "named by the modules that take them as arguments")]
pub use series::Series;
#[allow(unused_imports, reason = "named by the modules that take them as arguments")]
pub use turns::Meetings;
