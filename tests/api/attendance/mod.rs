//! Who came to meetings: recording, amending, disputing, closing, and who may.

mod closing;
mod disputes;
mod permissions;
mod races;
mod recording;
