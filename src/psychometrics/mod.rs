//! Instruments as data, and how answers to them are scored. Pure: no input, no output, no clock.
//!
//! Each version of an instrument is one TOML file, read and checked at start. The files under `instruments/` are
//! built into the binary; an operator adds others with `instruments_dir`. A version never changes once it is out: a
//! correction is a new version, so that an old result keeps the rules it was scored by.

mod catalogue;
mod change;
mod example;
mod file;
mod instrument;
mod measures;
mod outcome;
mod raw;
mod response;
mod scales;
mod score;

pub use catalogue::Catalogue;
pub use change::{Change, ChangeLabel};
pub use example::CaseOutcome;
pub use file::InstrumentFault;
pub use instrument::{
    Band, Choice, CustomaryChange, Example, Instrument, Item, Kind, Licence, Method, Norm, ReliableChange, Scale,
    Source, SupportRule, TextStatus, major,
};
pub use outcome::{AnswerFault, AnswerFaultKind, Answers, Flag, NotEnough, Outcome, Ranked, ScaleScore};
pub use response::Response;
