//! Queries and transactions on events and on who takes part in them.

mod places;
mod read;
mod registrations;
mod write;

pub use read::{Seen, list, open_to, to_take_part, visible_to};
pub use registrations::{
    Attendance, Registration, attending, leave_all, place_of, register, registration_of, roster, withdraw,
};
pub use write::{cancel, create, delete, publish, update};
