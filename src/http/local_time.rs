//! Times by the wall clock.

use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError, ValidationErrors};

use super::text;
use crate::recurrence::zone::{read_local, write_local};

/// A time by the wall clock, `YYYY-MM-DDTHH:MM`, in the years 2000 to 2100.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(max_length = 16, example = "2026-10-20T12:00")]
pub struct LocalTime(String);

impl LocalTime {
    /// The time; one that was not checked and is none gives the first of 1970.
    pub fn get(&self) -> NaiveDateTime {
        read_local(&self.0).unwrap_or_default()
    }
}

impl From<NaiveDateTime> for LocalTime {
    fn from(local: NaiveDateTime) -> Self {
        Self(write_local(local))
    }
}

impl Validate for LocalTime {
    fn validate(&self) -> Result<(), ValidationErrors> {
        text::whole(local_time(&self.0))
    }
}

/// The text of a wall-clock time.
pub fn local_time(text: &str) -> Result<(), ValidationError> {
    match read_local(text) {
        Some(_) => Ok(()),
        None => Err(text::fault("invalid_local_time", "must be YYYY-MM-DDTHH:MM, in the years 2000 to 2100")),
    }
}
