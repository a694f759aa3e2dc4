//! Who calls, and what their token reaches.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use sea_orm::{ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use crate::{
    cache::Cache,
    entities::account::{self, PlatformRole},
    problem::{Problem, ProblemCode, Result},
};

/// Areas that a token may reach, each to read or to write.
pub const SCOPES: [(&str, &str); 29] = [
    ("account:read", "Read my account, sessions and export."),
    ("account:write", "Change my account and sessions."),
    ("profile:read", "Read my profile."),
    ("profile:write", "Change my profile."),
    ("therapists:read", "Search the therapist directory."),
    ("organizations:read", "Read organizations and their membership types."),
    ("organizations:write", "Propose and change organizations and their membership types."),
    ("groups:read", "Read consultation groups, their agreements, and which groups match."),
    ("groups:write", "Found and change consultation groups and their agreements."),
    ("memberships:read", "Read memberships, rosters and invitations."),
    ("memberships:write", "Join, leave, decide and invite."),
    ("meetings:read", "Read when my groups meet, who comes, and what became of meetings."),
    ("meetings:write", "Plan, answer, lead and record meetings."),
    ("hours:read", "Read my hours and certificates."),
    ("hours:write", "Issue certificates of my hours, and take them back."),
    ("events:read", "Read events of organizations, and how my registrations stand."),
    ("events:write", "Register for events; draft, publish and cancel them."),
    ("instruments:write", "Import the wording of instruments, as an administrator."),
    ("audit:read", "Read the audit trail."),
    ("self_assessments:read", "Read my self-assessments, their trends and what they lead to."),
    ("self_assessments:write", "Take, share and erase my self-assessments."),
    ("support_plan:read", "Read my support plan."),
    ("support_plan:write", "Change my support plan."),
    ("reports:read", "Read reports."),
    ("reports:write", "Report something, and decide about reports as a moderator."),
    ("calendar:read", "Read my calendar feeds and reminders."),
    ("calendar:write", "Make and end calendar feeds, and set how I am reminded."),
    ("accounts:read", "List accounts, as a moderator."),
    ("accounts:write", "Suspend accounts and grant roles."),
];

/// The scope of a first-party session: it may do everything that its account may. One word instead of all of them keeps
/// short what comes with every request.
pub const EVERYTHING: &str = "all";

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub struct Caller {
    pub account_id: Uuid,
    pub session_id: Uuid,
    pub platform_role: PlatformRole,
    pub email_verified: bool,
    /// Space-separated.
    pub scope: Arc<str>,
}

impl Caller {
    /// Moderator or administrator.
    pub fn moderates(&self) -> bool {
        self.platform_role >= PlatformRole::Moderator
    }

    /// Whether `scope` is among those of the token.
    pub fn reaches(&self, scope: &str) -> bool {
        self.scope.split(' ').any(|own| own == scope)
    }

    pub fn administers(&self) -> bool {
        self.platform_role == PlatformRole::Admin
    }

    /// Looks at the account again, in the transaction that is to write something of its own: whoever erases an account
    /// finds all that it has, and nothing comes after.
    ///
    /// # Errors
    /// 401 when it was erased or suspended since its token was looked at.
    pub async fn confirm(&self, tx: &impl ConnectionTrait) -> Result<()> {
        let live = account::Entity::find_by_id(self.account_id).filter(account::is_live());
        let live: Option<Uuid> = live.select_only().column(account::Column::Id).into_tuple().one(tx).await?;
        live.map(drop).ok_or_else(|| ProblemCode::InvalidToken.into())
    }
}

/// Somebody who may be signed in or not.
#[derive(Clone, Debug)]
pub struct Visitor(pub Option<Caller>);

impl From<Caller> for Visitor {
    fn from(caller: Caller) -> Self {
        Self(Some(caller))
    }
}

impl Visitor {
    pub fn account_id(&self) -> Option<Uuid> {
        self.0.as_ref().map(|caller| caller.account_id)
    }

    pub fn moderates(&self) -> bool {
        self.0.as_ref().is_some_and(Caller::moderates)
    }
}

/// What the gate found out about the caller, kept in the request.
#[derive(Clone)]
pub enum Identity {
    Anonymous,
    Known(Caller),
    Refused(Problem),
}

/// Sessions in use, re-read from the database every few seconds: one that another instance ended stops working here
/// within that time, one that was ended here at once.
pub struct SessionCache(Cache<Uuid, Caller>);

impl Default for SessionCache {
    fn default() -> Self {
        Self(Cache::new(50_000, Duration::from_secs(3)))
    }
}

impl SessionCache {
    pub fn get(&self, session_id: Uuid, now: Instant) -> Option<Caller> {
        self.0.get_at(&session_id, now)
    }

    pub fn insert(&self, caller: Caller) {
        self.0.insert(caller.session_id, caller);
    }

    /// The session has ended, or its account has changed.
    pub fn forget(&self, session_id: Uuid) {
        self.0.remove(&session_id);
    }

    /// Something about the account has changed: its sessions are read again.
    pub fn forget_account(&self, account_id: Uuid) {
        self.0.retain(|caller| caller.account_id != account_id);
    }
}
