//! Queries and transactions on events and on who takes part in them.

mod places;
mod read;
mod registrations;
mod write;

pub use read::{Seen, list, open_to, visible_to};
pub use registrations::{
    Attendance, Registration, attending, leave_all, register, registration_of, roster, with_position, withdraw,
};
pub use write::{cancel, create, delete, publish, update};
