//! Accounts: who can sign in. Registration, e-mail addresses and passwords, what an account may read, change, take away
//! and delete of itself, and what moderators do with accounts. Signing in itself is in `sessions`.

pub mod guesses;
mod mails;
mod routes;
pub mod rules;
pub mod schema;
pub mod store;

pub use routes::routes;
