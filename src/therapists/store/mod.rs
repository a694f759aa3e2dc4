//! Profiles and licences in the database, and the directory that is read from them.

mod directory;
mod profile;

pub use directory::{Listing, list, listed, listings, visible_to};
pub use profile::{delete, find, replace, reseal};
