//! Queries and transactions on consultation groups and their seats.

mod read;
mod seats;
mod write;

pub use read::{list, standing_in, visible_to, vitals, with_seats};
pub use seats::{count, expire_overdue, offer_free_seats, offer_seats_that_time_freed, seats_of};
pub use write::{change, create, delete, record, save, update};
