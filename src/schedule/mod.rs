//! When groups meet: the meetings that series give, what became of each, and how a group has met lately.
//!
//! Features call it; it has no routes. A meeting needs no row until something is known about it: its id says which series
//! it belongs to and which start of that it is.

pub mod rules;
pub mod store;
