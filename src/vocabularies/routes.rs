use actix_web::get;

use super::{
    rules::Vocabulary,
    schema::{VocabularyDetail, VocabularyList},
};
use crate::{
    http::{answer::Answer, path::Word},
    problem::{Problem, Result},
};

/// List vocabularies
///
/// Names every vocabulary, and says what it is about and how many words it has.
#[utoipa::path(operation_id = "listVocabularies", tag = "Vocabularies", security(()),
    responses((status = 200, description = "Every vocabulary.", body = VocabularyList)))]
#[get("/vocabularies")]
pub async fn list() -> Result<Answer> {
    Answer::plain(&VocabularyList::every())
}

/// Get a vocabulary
///
/// The words of a vocabulary, in the order in which to show them. Requests and answers carry their keys.
#[utoipa::path(operation_id = "getVocabulary", tag = "Vocabularies", security(()),
    params(("name" = String, Path, description = "Which one, such as `specialties`.", max_length = 64)),
    responses((status = 200, description = "The vocabulary and its words.", body = VocabularyDetail)))]
#[get("/vocabularies/:name")]
pub async fn get(name: Word) -> Result<Answer> {
    let vocabulary = Vocabulary::from_name(&name.0).ok_or_else(Problem::not_found)?;
    Answer::plain(&VocabularyDetail::from(vocabulary))
}
