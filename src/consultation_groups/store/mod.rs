//! Queries and transactions on consultation groups and their seats.

mod meetings;
mod read;
mod seats;
mod write;

pub use meetings::{FoundMeeting, of_member, visible_meeting};
pub use read::{has_status, list, open_of, standing_in, visible_to, vitals, with_seats};
pub use seats::{has_open_seat, offer_free_seats, offer_seats_that_time_freed, seat_of, seats_of};
pub use write::{change, create, delete, met, save, update};
