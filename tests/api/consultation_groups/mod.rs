//! Consultation groups: their cards, their lives, their seats, and who may know and do what.

mod cards;
mod invitations;
mod leaving;
mod life;
mod permissions;
mod races;
mod seats;
