//! One binary that speaks HTTP to a real server on a real database, a module for each feature.

mod support;

mod accounts;
mod service;
