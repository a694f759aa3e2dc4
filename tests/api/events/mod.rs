//! Events of organizations: their lives, their lists, their places, and who may know and do what.

mod drafting;
mod fates;
mod lists;
mod permissions;
mod races;
mod registering;
mod waiting;
