//! The support network: the service behind apps that end the isolation of therapists.
//!
//! The map, lowest floor first: a module uses only those above it. `crypto` and `db` share a floor (signing
//! keys are rows, cursors are sealed), and so do `http` and `state`.

// The floor.
pub mod problem;
pub mod clock;
pub mod cache;
pub mod config;
pub mod support_lines;
pub mod entities;
pub mod crypto;
pub mod db;
pub mod psychometrics;
pub mod recurrence;
pub mod http;
pub mod state;

// Services that features call.
pub mod audit;
pub mod mail;
pub mod revocation;
pub mod schedule;

// Features.
pub mod vocabularies;
pub mod consultation_formats;
pub mod accounts;
pub mod sessions;
pub mod instruments;
pub mod therapists;
pub mod blocks;
pub mod organizations;
pub mod consultation_groups;
pub mod agreements;
pub mod membership_types;
pub mod memberships;
pub mod invitations;
pub mod matching;
pub mod reports;
pub mod rotation;
pub mod meetings;
pub mod slot_polls;
pub mod attendance;
pub mod hours;
pub mod events;
pub mod calendar_feeds;
pub mod reminders;
pub mod self_assessments;
pub mod insights;
pub mod support_plan;
pub mod recommendations;
pub mod exports;
pub mod erasure;

// What puts it together.
pub mod reference;
pub mod keys;
pub mod jobs;
pub mod server;
