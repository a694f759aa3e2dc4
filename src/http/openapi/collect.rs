//! The document as the handlers describe it: what utoipa collects from them, finished in one pass.

use utoipa::{OpenApi, openapi::OpenApi as OpenApiDocument};

use super::{Area, Routes, finish};
use crate::{
    http::text::{CountryCode, Keyword, RegionCode},
    problem::{Fault, Problem, ProblemBody, Result},
};

/// What the document starts from. Tags are in the order in which one meets them.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Support Network API",
        description = "The service behind apps that end the isolation of mental-health therapists.\n\n\
            Sign in with `createSession`, press **Authorize**, and paste the access token. Clients ignore response \
            members and enum values that they do not know: new ones may appear at any time. A member without value is left \
            out of an answer; in a request that creates, null counts as left out. Failures are RFC 9457 \
            problems, explained at `/problems`.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
        contact(name = "Support Network", url = "https://github.com/support-network/support-network")
    ),
    servers((url = "/", description = "The server that sent this document: local, staging or production.")),
    tags(
        (name = "Accounts", description = "Who can sign in: registration, my account, e-mail addresses, passwords."),
        (name = "Agreements", description = "What the members of a consultation group agree on: numbered versions that never change, and their signatures."),
        (name = "Attendance", description = "Who came to the meetings of a consultation group, and closing them."),
        (name = "Audit", description = "Who did what, when and why."),
        (name = "Blocks", description = "Colleagues whom I do not wish to meet. Mine alone."),
        (name = "Calendar Feeds", description = "Addresses at which calendar apps fetch my meetings."),
        (name = "Consultation Formats", description = "How a group works on what somebody brings, phase by phase."),
        (name = "Consultation Groups", description = "Small groups of therapists who consult one another."),
        (name = "Events", description = "What organizations hold: conferences, workshops, trainings, get-togethers, days of helping; and who registers."),
        (name = "Hours", description = "What meetings came to for me, and certificates of it that anybody with the code can check."),
        (name = "Insights", description = "What the self-assessments that members contribute come to, without telling of anybody."),
        (name = "Instruments", description = "Questionnaires for taking stock: their items, their scoring, their wording."),
        (name = "Invitations", description = "Offers of a membership, bound to an e-mail address."),
        (name = "Matching", description = "Which consultation groups fit a therapist, and which therapists fit a group."),
        (name = "Meetings", description = "When groups meet, who comes, and what becomes of each meeting."),
        (name = "Memberships", description = "The tie of an account to an organization: joining, standing, roles, leaving."),
        (name = "Organizations", description = "The bodies of the profession, and the terms on which they take members."),
        (name = "Profiles", description = "What I tell colleagues about my work."),
        (name = "Recommendations", description = "What a self-assessment leads to."),
        (name = "Reminders", description = "What is about to happen, and how I am told of it."),
        (name = "Reports", description = "What somebody brings before the moderators, and what they decide."),
        (name = "Rotation", description = "Whose turn it is to lead a meeting and to present at it: roles, the queue, swaps, agendas, fairness."),
        (name = "Self Assessments", description = "Taking stock: instruments that I answer about myself, their results, and how they change. Mine alone."),
        (name = "Service", description = "The service itself: health, keys, problems."),
        (name = "Sessions", description = "Signed-in devices and their tokens."),
        (name = "Support Plan", description = "What eases the challenges of the work, and what I do about mine. Mine alone."),
        (name = "Therapists", description = "The directory of colleagues who wish to be found."),
        (name = "Vocabularies", description = "The words that profiles and organizations share.")
    ),
    // Those of parameters are not collected by themselves.
    components(schemas(ProblemBody, Fault, CountryCode, Keyword, RegionCode)),
)]
struct Base;

/// The document of `areas`, which stand under `prefix`, and of what stands `outside` it, as it is published.
///
/// # Errors
/// When it cannot be written down as JSON.
pub fn collect(prefix: &str, areas: &[Area], outside: &[fn(&mut Routes)]) -> Result<String> {
    let mut whole = Base::openapi();
    for feature in areas.iter().flat_map(|area| area.features) {
        whole.merge(under(prefix, *feature));
    }
    outside.iter().for_each(|of| whole.merge(under("", *of)));
    let mut document = serde_json::to_value(&whole).map_err(Problem::internal)?;
    drop(whole);
    finish::finish(&mut document);
    let mut json = serde_json::to_string_pretty(&document).map_err(Problem::internal)?;
    json.push('\n');
    Ok(json)
}

/// What handlers say of themselves, with their paths as OpenAPI writes them.
fn under(prefix: &str, feature: fn(&mut Routes)) -> OpenApiDocument {
    let mut collected = Routes::collected(feature);
    let paths = std::mem::take(&mut collected.paths.paths).into_iter();
    collected.paths.paths = paths.map(|(path, item)| (format!("{prefix}{}", templated(&path)), item)).collect();
    collected
}

/// `/groups/:id/seats` as `/groups/{id}/seats`.
fn templated(path: &str) -> String {
    let parts = path.split('/').map(|part| match part.strip_prefix(':') {
        Some(name) => format!("{{{name}}}"),
        None => part.to_owned(),
    });
    parts.collect::<Vec<_>>().join("/")
}
