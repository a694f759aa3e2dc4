//! One binary that speaks HTTP to a real server on a real database, a module for each feature.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::string_slice,
    clippy::unreachable,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod support;

mod access_tokens;
mod accounts;
mod agreements;
mod architecture;
mod attendance;
mod audit;
mod away;
mod bodies;
mod calendar_feeds;
mod clocks;
mod conditional;
mod connections;
mod consultation_formats;
mod consultation_groups;
mod crash;
mod demo;
mod deployment;
mod events;
mod headers;
mod hours;
mod idempotency;
mod idle;
mod insights;
mod instruments;
mod invitations;
mod limits;
mod logs;
mod matching;
mod meetings;
mod membership_types;
mod memberships;
mod merging;
mod openapi;
mod organizations;
mod paging;
mod problems;
mod profiles;
mod recommendations;
mod rotation;
mod reminders;
mod scoring;
mod self_assessments;
mod service;
mod sessions;
mod slot_polls;
mod start;
mod story;
mod support_plan;
mod therapists;
mod tour;
mod upgrades;
mod trust;
mod vocabularies;
mod writes;
