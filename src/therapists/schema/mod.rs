//! Profiles and the directory on the wire.

mod directory;
mod profile;

pub use directory::{Therapist, TherapistFilter, TherapistPage, TherapistSort};
pub use profile::{AvailabilityWindow, LanguageTag, LicenceReplace, Profile, ProfileReplace, region_fault};
