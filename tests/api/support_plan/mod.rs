//! Avenues and challenges, and a plan that is its owner's alone.

mod actions;
mod log;
mod overview;
mod privacy;
mod ties;
mod ways;
