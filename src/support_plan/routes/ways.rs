use crate::http::openapi::Routes;
use actix_web::get;

use crate::{
    http::{answer::Answer, path::Word, query::Query},
    problem::{Problem, Result},
    support_plan::schema::{Avenue, AvenueFilter, AvenueList, BenefitList, Challenge, ChallengeList},
    vocabularies::Vocabulary,
};

pub fn routes(service: &mut Routes) {
    service
        .service(list_avenues)
        .service(get_avenue)
        .service(list_challenges)
        .service(get_challenge)
        .service(list_benefits);
}

/// List avenues
///
/// Ways out of isolation, professional and personal, each with an action, an idea, and what can be done about it here.
#[utoipa::path(operation_id = "listAvenues", tag = "Support Plan", params(AvenueFilter), security(()),
    responses((status = 200, description = "The avenues.", body = AvenueList)))]
#[get("/avenues")]
pub async fn list_avenues(filter: Query<AvenueFilter>) -> Result<Answer> {
    Answer::plain(&AvenueList::of(&filter.0))
}

/// Get an avenue
///
/// One way out of isolation.
#[utoipa::path(operation_id = "getAvenue", tag = "Support Plan", security(()),
    params(("key" = String, Path, description = "Which one, such as `local_association`.", max_length = 64)),
    responses((status = 200, description = "The avenue.", body = Avenue)))]
#[get("/avenues/:key")]
pub async fn get_avenue(key: Word) -> Result<Answer> {
    let term = Vocabulary::Avenues.terms().find(|term| term.key == key.0).ok_or_else(Problem::not_found)?;
    Answer::plain(&Avenue::from(term))
}

/// List challenges
///
/// What wears therapists down, each with the avenues that may ease it.
#[utoipa::path(operation_id = "listChallenges", tag = "Support Plan", security(()),
    responses((status = 200, description = "The challenges.", body = ChallengeList)))]
#[get("/challenges")]
pub async fn list_challenges() -> Result<Answer> {
    Answer::plain(&ChallengeList::every())
}

/// Get a challenge
///
/// One of them, with the avenues that may ease it.
#[utoipa::path(operation_id = "getChallenge", tag = "Support Plan", security(()),
    params(("key" = String, Path, description = "Which one, such as `trauma_exposure`.", max_length = 64)),
    responses((status = 200, description = "The challenge.", body = Challenge)))]
#[get("/challenges/:key")]
pub async fn get_challenge(key: Word) -> Result<Answer> {
    let term = Vocabulary::Challenges.terms().find(|term| term.key == key.0).ok_or_else(Problem::not_found)?;
    Answer::plain(&Challenge::from(term))
}

/// List benefits
///
/// What a network of colleagues gives.
#[utoipa::path(operation_id = "listBenefits", tag = "Support Plan", security(()),
    responses((status = 200, description = "The benefits.", body = BenefitList)))]
#[get("/benefits")]
pub async fn list_benefits() -> Result<Answer> {
    Answer::plain(&BenefitList::every())
}
