//! What every endpoint shares. `api.md` of the design, as code: a client that has learnt one resource has learnt them all.

pub mod accept;
pub mod answer;
pub mod authentication;
pub mod body;
pub mod caller;
pub mod compression;
pub mod conditional;
pub mod connection;
pub mod cors;
mod durations;
pub mod envelope;
mod exchange;
pub mod fallback;
mod faults;
pub mod gate;
pub mod idempotency;
pub mod limits;
pub mod local_time;
pub mod openapi;
pub mod page;
pub mod path;
pub mod public_answers;
pub mod query;
pub mod site;
pub mod text;
pub mod when;
