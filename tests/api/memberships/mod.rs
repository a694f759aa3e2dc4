//! Memberships: joining, deciding, editing, leaving, and who sees what of it.

mod joining;
mod permissions;
mod races;
mod roster;
mod transitions;
