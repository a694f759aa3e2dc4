//! Instruments on the wire.

mod details;
mod requests;
mod resource;
mod self_check;
mod summary;
mod wordings;

pub use details::{InstrumentDetail, VersionNumber};
pub use requests::InstrumentWordingReplace;
pub use resource::{FhirQuestionnaire, read};
pub use self_check::InstrumentSelfCheck;
pub use summary::{InstrumentList, InstrumentSummary, TextStatus, VersionFilter, WordedFilter};
pub use wordings::{InstrumentWording, InstrumentWordingPage, InstrumentWordingSummary};
