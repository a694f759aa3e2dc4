//! Agreements: writing, publishing, signing, exporting, and who may.

mod export;
mod permissions;
mod publishing;
mod races;
mod signing;
mod writing;
