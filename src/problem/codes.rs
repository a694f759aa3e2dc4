//! The list of what can go wrong, and what is said of it.

use actix_web::http::StatusCode;

/// What went wrong, as a stable key that clients switch on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProblemCode {
    MalformedJson,
    BadRequest,
    Unauthenticated,
    InvalidToken,
    InvalidCredentials,
    InvalidRefreshToken,
    Forbidden,
    InsufficientScope,
    EmailNotVerified,
    AccountSuspended,
    RegistrationClosed,
    InvitationForAnotherAddress,
    NotFound,
    MethodNotAllowed,
    NotAcceptable,
    RequestTimeout,
    EmailTaken,
    InvalidTransition,
    SoleOwner,
    AlreadyMember,
    AlreadyReported,
    CooldownRunning,
    GroupNotJoinable,
    GroupFull,
    AgreementChanged,
    ProfileNeeded,
    NameTaken,
    InUse,
    PlanFull,
    RefreshTokenJustUsed,
    IdempotencyKeyInUse,
    TokenExpired,
    InvitationExpired,
    InvitationClosed,
    StaleVersion,
    ContentTooLarge,
    UriTooLong,
    UnsupportedMediaType,
    ValidationFailed,
    InvalidCursor,
    IdempotencyKeyReused,
    OrganizationNotJoinable,
    LicenceRequired,
    TooManyRequests,
    Internal,
    Unavailable,
}

/// What is said of a code everywhere: the answer, the `/problems/{code}` page, the published document.
pub struct Explanation {
    pub code: &'static str,
    pub status: u16,
    pub title: &'static str,
    pub meaning: &'static str,
    pub mend: &'static str,
}

impl ProblemCode {
    pub const ALL: [ProblemCode; 46] = [
        Self::MalformedJson,
        Self::BadRequest,
        Self::Unauthenticated,
        Self::InvalidToken,
        Self::InvalidCredentials,
        Self::InvalidRefreshToken,
        Self::Forbidden,
        Self::InsufficientScope,
        Self::EmailNotVerified,
        Self::AccountSuspended,
        Self::RegistrationClosed,
        Self::InvitationForAnotherAddress,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::NotAcceptable,
        Self::RequestTimeout,
        Self::EmailTaken,
        Self::InvalidTransition,
        Self::SoleOwner,
        Self::AlreadyMember,
        Self::AlreadyReported,
        Self::CooldownRunning,
        Self::GroupNotJoinable,
        Self::GroupFull,
        Self::AgreementChanged,
        Self::ProfileNeeded,
        Self::NameTaken,
        Self::InUse,
        Self::PlanFull,
        Self::RefreshTokenJustUsed,
        Self::IdempotencyKeyInUse,
        Self::TokenExpired,
        Self::InvitationExpired,
        Self::InvitationClosed,
        Self::StaleVersion,
        Self::ContentTooLarge,
        Self::UriTooLong,
        Self::UnsupportedMediaType,
        Self::ValidationFailed,
        Self::InvalidCursor,
        Self::IdempotencyKeyReused,
        Self::OrganizationNotJoinable,
        Self::LicenceRequired,
        Self::TooManyRequests,
        Self::Internal,
        Self::Unavailable,
    ];

    pub fn explanation(self) -> Explanation {
        let (code, status, title, meaning, mend) = match self {
            Self::MalformedJson => (
                "malformed_json",
                400,
                "The body is not JSON",
                "The body could not be read as JSON: it is cut off, nested too deeply, not UTF-8, or misspelt.",
                "Send one complete JSON object in UTF-8. `detail` gives the line and column where reading stopped.",
            ),
            Self::BadRequest => (
                "bad_request",
                400,
                "The request is malformed",
                "A header or the request line does not have the form that it must have.",
                "Mend the part that `errors` names.",
            ),
            Self::Unauthenticated => (
                "unauthenticated",
                401,
                "Sign in first",
                "This needs an access token, and the request carried none.",
                "Create a session with `POST /v1/sessions` and send `Authorization: Bearer <access_token>`.",
            ),
            Self::InvalidToken => (
                "invalid_token",
                401,
                "The access token is not valid",
                "The token is expired, forged, made for somebody else, or its session has ended.",
                "Refresh the session with `POST /v1/sessions/refresh`, or sign in again.",
            ),
            Self::InvalidCredentials => (
                "invalid_credentials",
                401,
                "The e-mail address or the password is wrong",
                "No account has this address with this password.",
                "Check both. `POST /v1/password-resets` sends a mail that lets its owner choose a new password.",
            ),
            Self::InvalidRefreshToken => (
                "invalid_refresh_token",
                401,
                "The refresh token is not valid",
                "The token is unknown or expired, its session has ended, or it came back after it had been used.",
                "Sign in again with `POST /v1/sessions`. A replayed token ends its session.",
            ),
            Self::Forbidden => (
                "forbidden",
                403,
                "You may not do this",
                "You may see this, but your role does not allow the change.",
                "Ask somebody who holds the role that `detail` names.",
            ),
            Self::InsufficientScope => (
                "insufficient_scope",
                403,
                "The access token does not reach this far",
                "The token was issued for other areas than the one that this operation belongs to.",
                "Ask for a token with the scope that `detail` names.",
            ),
            Self::EmailNotVerified => (
                "email_not_verified",
                403,
                "Confirm your e-mail address first",
                "This service lets nobody sign in, or accept an invitation, before the address is confirmed.",
                "Follow the mail that was just sent, or post its token to `/v1/email-verifications/confirm`.",
            ),
            Self::AccountSuspended => (
                "account_suspended",
                403,
                "This account is suspended",
                "A moderator has suspended the account.",
                "Write to the operator of this service.",
            ),
            Self::RegistrationClosed => (
                "registration_closed",
                403,
                "Registration is not open",
                "This service takes new accounts by invitation only, or none at all.",
                "Ask a member for an invitation to your address.",
            ),
            Self::InvitationForAnotherAddress => (
                "invitation_for_another_address",
                403,
                "The invitation is for another address",
                "An invitation can only be accepted by the account that holds, and has confirmed, the address it was sent to.",
                "Sign in with that address, or ask for an invitation to yours.",
            ),
            Self::NotFound => (
                "not_found",
                404,
                "Not found",
                "There is nothing here, or nothing that you may know of.",
                "Check the address. An id is a UUID.",
            ),
            Self::MethodNotAllowed => (
                "method_not_allowed",
                405,
                "This method is not offered here",
                "The path exists, but not with this method.",
                "Use one of the methods in the `Allow` header.",
            ),
            Self::NotAcceptable => (
                "not_acceptable",
                406,
                "No acceptable format",
                "The `Accept` header rules out every format that this can be answered in.",
                "Accept `application/json`, or send no `Accept` header.",
            ),
            Self::RequestTimeout => (
                "request_timeout",
                408,
                "The body took too long",
                "The body did not arrive whole within 30 seconds.",
                "Send it again over a steadier connection.",
            ),
            Self::EmailTaken => (
                "email_taken",
                409,
                "This address has an account",
                "An e-mail address belongs to one account at most.",
                "Sign in, or reset the password with `POST /v1/password-resets`.",
            ),
            Self::InvalidTransition => (
                "invalid_transition",
                409,
                "The state does not allow this",
                "The transition does not start from the state that the resource is in. `detail` names that state.",
                "Read the resource again and choose a transition that its state allows.",
            ),
            Self::SoleOwner => (
                "sole_owner",
                409,
                "The last owner cannot go",
                "An organization or group with owners keeps at least one who is active.",
                "Name a successor, or make somebody else an owner first.",
            ),
            Self::AlreadyMember => (
                "already_member",
                409,
                "There is an open membership already",
                "An account has at most one membership of an organization or group that has not ended.",
                "Use the membership that exists: `GET /v1/memberships`.",
            ),
            Self::AlreadyReported => (
                "already_reported",
                409,
                "You have reported this already",
                "A report of yours on the same subject for the same reason is not decided yet.",
                "Wait for the decision: `GET /v1/reports?mine=true`. Withdraw an open report to word it anew.",
            ),
            Self::CooldownRunning => (
                "cooldown_running",
                409,
                "It is too early to ask again",
                "A declined request is followed by 30 days in which it cannot be repeated.",
                "Wait until the day that `detail` names, or ask for an invitation.",
            ),
            Self::GroupNotJoinable => (
                "group_not_joinable",
                409,
                "The group cannot take you in",
                "The group takes nobody at this time, or not this person. It need not say why.",
                "Choose another group: `GET /v1/consultation-groups/matches` lists those that fit.",
            ),
            Self::GroupFull => (
                "group_full",
                409,
                "There is no seat to keep free",
                "A seat can only be reserved while one is neither taken nor reserved.",
                "Invite without `reserve_seat`, or raise `max_size` first.",
            ),
            Self::AgreementChanged => (
                "agreement_changed",
                409,
                "The agreement is another one",
                "The version and hash that were sent are not those of the agreement in force.",
                "Read the agreement in force, and sign what you have read.",
            ),
            Self::ProfileNeeded => (
                "profile_needed",
                409,
                "Tell us about your work first",
                "Groups are matched with a profile, and you have none yet.",
                "Write your profile with `PUT /v1/me/profile`: hours, specialties, modalities, populations, experience, formats, languages, licences.",
            ),
            Self::NameTaken => (
                "name_taken",
                409,
                "The name is taken",
                "The name is unique here, and another one has it.",
                "Choose another name, or use the one that exists.",
            ),
            Self::InUse => (
                "in_use",
                409,
                "It is still in use",
                "Other things depend on this, so it cannot be deleted.",
                "Remove what depends on it first, or archive it instead.",
            ),
            Self::PlanFull => (
                "plan_full",
                409,
                "The plan is full",
                "A plan holds 200 actions and 200 ties, and the log of an action 1,000 entries.",
                "Delete what you need no longer.",
            ),
            Self::RefreshTokenJustUsed => (
                "refresh_token_just_used",
                409,
                "The refresh token was used a moment ago",
                "Another request used this token within the last 10 seconds. The session goes on with the token that it received.",
                "Use the newer token. If it was lost, sign in again.",
            ),
            Self::IdempotencyKeyInUse => (
                "idempotency_key_in_use",
                409,
                "The first request with this key still runs",
                "A request with the same `Idempotency-Key` has not been answered yet.",
                "Repeat the request after the time in `Retry-After`.",
            ),
            Self::TokenExpired => (
                "token_expired",
                410,
                "The link is no longer good",
                "The token was real, but it has been used, has expired, or a newer one took its place.",
                "Ask for a new one.",
            ),
            Self::InvitationExpired => (
                "invitation_expired",
                410,
                "The invitation has expired",
                "The day until which the invitation could be answered is over.",
                "Ask for a new invitation.",
            ),
            Self::InvitationClosed => (
                "invitation_closed",
                410,
                "The invitation is no longer open",
                "The invitation was revoked, declined, superseded by a newer one, or voided by a removal.",
                "Use the newest invitation, or ask for one.",
            ),
            Self::StaleVersion => (
                "stale_version",
                412,
                "It has changed since you read it",
                "The `If-Match` header names a version that is no longer the current one.",
                "Read it again, apply your change to what you find, and send the new `ETag`.",
            ),
            Self::ContentTooLarge => (
                "content_too_large",
                413,
                "The body is too large",
                "The body is larger than this service accepts.",
                "Send less than the limit that `detail` names.",
            ),
            Self::UriTooLong => (
                "uri_too_long",
                414,
                "The address is too long",
                "The path and query are longer than this service reads.",
                "Send fewer or shorter parameters.",
            ),
            Self::UnsupportedMediaType => (
                "unsupported_media_type",
                415,
                "The body has the wrong media type",
                "The `Content-Type` is not one that this operation reads, or the body is encoded.",
                "Send one of the types in `Accept-Post` or `Accept-Patch`, in UTF-8, without a `Content-Encoding`.",
            ),
            Self::ValidationFailed => (
                "validation_failed",
                422,
                "The request is not valid",
                "The request can be read, but some of its members or parameters are not as they must be.",
                "Mend each place that `errors` points to.",
            ),
            Self::InvalidCursor => (
                "invalid_cursor",
                422,
                "The cursor does not fit",
                "The cursor was changed, or comes from a list with another sort or filter.",
                "Start again without a cursor, and keep sort and filters while paging.",
            ),
            Self::IdempotencyKeyReused => (
                "idempotency_key_reused",
                422,
                "The key was used for another request",
                "An `Idempotency-Key` stands for one request. This one came before with another method, path or body.",
                "Make a new key for each new request.",
            ),
            Self::OrganizationNotJoinable => (
                "organization_not_joinable",
                422,
                "The organization takes no members",
                "A government agency, a directory, or an organization that is not published takes no memberships.",
                "Choose one with `accepts_memberships: true`.",
            ),
            Self::LicenceRequired => (
                "licence_required",
                422,
                "The group asks for a licence",
                "Members of this group hold a licence of one of its `licence_families` that has not lapsed.",
                "Add the licence to your profile with `PUT /v1/me/profile`, or choose another group.",
            ),
            Self::TooManyRequests => (
                "too_many_requests",
                429,
                "Too many requests",
                "The limit for this caller, address or account has been reached.",
                "Wait as long as `Retry-After` says. `RateLimit` shows what is left.",
            ),
            Self::Internal => (
                "internal",
                500,
                "Something went wrong on our side",
                "The request met a fault of the service. Nothing was changed.",
                "Try again later, and report the request id if it keeps happening.",
            ),
            Self::Unavailable => (
                "unavailable",
                503,
                "The service is away for a moment",
                "The database, or another part that the service needs, does not answer or is overloaded. Nothing was changed.",
                "Repeat the request after the time in `Retry-After`.",
            ),
        };
        Explanation { code, status, title, meaning, mend }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.explanation().code == code)
    }

    pub(super) fn status(self) -> StatusCode {
        StatusCode::from_u16(self.explanation().status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_snake_case_and_each_has_its_words() {
        let mut seen = std::collections::HashSet::new();
        for code in ProblemCode::ALL {
            let Explanation { code, status, title, meaning, mend } = code.explanation();
            assert!(seen.insert(code), "{code} stands twice");
            assert!(code.chars().all(|c| c.is_ascii_lowercase() || c == '_'), "{code}");
            assert!((400..600).contains(&status), "{code}: {status}");
            assert!(!title.ends_with('.') && meaning.ends_with('.') && mend.ends_with('.'), "{code}");
        }
    }
}
