use actix_web::get;

use super::{
    rules,
    schema::{ConsultationFormat, ConsultationFormatList},
};
use crate::{
    http::{answer::Answer, path::Word},
    problem::{Problem, Result},
};

/// List consultation formats
///
/// Ways to work on what somebody brings, each with its phases.
#[utoipa::path(operation_id = "listConsultationFormats", tag = "Consultation Formats", security(()),
    responses((status = 200, description = "The formats.", body = ConsultationFormatList)))]
#[get("/consultation-formats")]
pub async fn list() -> Result<Answer> {
    Answer::plain(&ConsultationFormatList::every())
}

/// Get a consultation format
///
/// One of them.
#[utoipa::path(operation_id = "getConsultationFormat", tag = "Consultation Formats", security(()),
    params(("key" = String, Path, description = "Which one, such as `balint`.", max_length = 64)),
    responses((status = 200, description = "The format.", body = ConsultationFormat)))]
#[get("/consultation-formats/:key")]
pub async fn get(key: Word) -> Result<Answer> {
    let format = rules::find(&key.0).and_then(ConsultationFormat::of).ok_or_else(Problem::not_found)?;
    Answer::plain(&format)
}
