//! How often somebody may call: counters per window, in memory, bounded. Each instance counts for itself.

use std::{
    cell::Cell,
    convert::Infallible,
    future::{Ready, ready},
    hash::Hash,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use actix_web::{
    FromRequest, HttpRequest,
    dev::{Payload, RequestHead},
    http::header::{HeaderMap, HeaderName, HeaderValue},
};
use quick_cache::sync::Cache;
use uuid::Uuid;

use crate::{
    config::Limits,
    problem::{Problem, ProblemCode, Result},
    state::App,
};

static FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// How many keys each quota counts for at most.
const MOST: usize = 100_000;

/// A quota for each key in windows of a fixed length. A window starts with its first request.
pub struct Quota<K = String> {
    pub name: &'static str,
    pub quota: u32,
    pub window: Duration,
    /// As a header says it.
    pub policy: HeaderValue,
    windows: Cache<K, Arc<Mutex<Window>>>,
}

struct Window {
    started: Instant,
    used: u32,
}

/// What is left of a quota.
#[derive(Clone, Copy, Debug)]
pub struct Left {
    pub remaining: u32,
    /// Seconds, rounded up.
    pub resets_in: u64,
}

impl<K: Clone + Eq + Hash> Quota<K> {
    fn new(name: &'static str, quota: u32, window: Duration) -> Self {
        let windows = Cache::new(MOST);
        let policy = format!("\"{name}\";q={quota};w={}", window.as_secs());
        let policy = HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static(""));
        Self { name, quota, window, policy, windows }
    }

    /// Uses one.
    ///
    /// # Errors
    /// 429 with `Retry-After` when none is left.
    pub fn take(&self, key: &K) -> Result<Left> {
        self.take_at(key, Instant::now())
    }

    /// [`Quota::take`], where the time is known.
    ///
    /// # Errors
    /// 429 with `Retry-After` when none is left.
    pub fn take_at(&self, key: &K, now: Instant) -> Result<Left> {
        let new = || Ok(Arc::new(Mutex::new(Window { started: now, used: 0 })));
        let window = self.windows.get_or_insert_with::<_, Infallible>(key, new).unwrap_or_else(|never| match never {});
        let mut window = window.lock().unwrap_or_else(PoisonError::into_inner);
        if now.duration_since(window.started) >= self.window {
            *window = Window { started: now, used: 0 };
        }
        let had = window.used;
        window.used = had.saturating_add(1);
        let left = self.left(&window, now);
        match had < self.quota {
            true => Ok(left),
            false => Err(Problem::from(ProblemCode::TooManyRequests).retry_after(left.resets_in)),
        }
    }

    /// Uses none.
    ///
    /// # Errors
    /// 429 with `Retry-After` when none is left.
    pub fn check(&self, key: &K) -> Result<()> {
        let left = self.standing(key);
        match left.remaining {
            0 => Err(Problem::from(ProblemCode::TooManyRequests).retry_after(left.resets_in)),
            _ => Ok(()),
        }
    }

    /// What is left, as a header says it.
    pub fn standing_of(&self, left: Left) -> String {
        let (mut remaining, mut resets_in) = (itoa::Buffer::new(), itoa::Buffer::new());
        ["\"", self.name, "\";r=", remaining.format(left.remaining), ";t=", resets_in.format(left.resets_in)].concat()
    }

    /// What is left for `key`.
    pub fn standing(&self, key: &K) -> Left {
        let window = self.windows.get(key);
        let window = window.as_deref().map(|window| window.lock().unwrap_or_else(PoisonError::into_inner));
        let now = Instant::now();
        match window.filter(|window| now.duration_since(window.started) < self.window) {
            Some(window) => self.left(&window, now),
            None => Left { remaining: self.quota, resets_in: self.window.as_secs() },
        }
    }

    fn left(&self, window: &Window, now: Instant) -> Left {
        let rest = self.window.saturating_sub(now.duration_since(window.started));
        let resets_in = rest.as_secs() + u64::from(rest.subsec_nanos() > 0);
        Left { remaining: self.quota.saturating_sub(window.used), resets_in: resets_in.max(1) }
    }
}

/// Whose quota a request uses.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Payer {
    /// Of somebody who is signed in.
    Account(Uuid),
    /// Of anybody else: [`Address::key`].
    Address(String),
}

tokio::task_local! {
    /// What was left of the quota when the request was counted. It outlives a handler that panics or takes too long.
    pub static COUNTED: Cell<Option<Left>>;
}

/// The quotas of the service.
pub struct RateLimits {
    pub requests: Quota<Payer>,
    /// Wrong passwords for each account.
    pub login_failures_of_account: Quota,
    /// Wrong passwords from each address.
    pub login_failures_from_address: Quota,
    /// Registrations, resets and verification mails from each address.
    pub registrations: Quota,
    /// Mails that anonymous requests make us send to each mailbox.
    pub mails_to_address: Quota,
}

static RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
static RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

impl RateLimits {
    /// Says in the headers of an answer what is left for whom it goes to: for the address, where nobody counted the request.
    pub fn tell(&self, headers: &mut HeaderMap, counted: Option<Left>, address: Address) {
        let left = counted.unwrap_or_else(|| self.requests.standing(&Payer::Address(address.key())));
        headers.insert(RATE_LIMIT_POLICY.clone(), self.requests.policy.clone());
        if let Ok(standing) = HeaderValue::try_from(self.requests.standing_of(left)) {
            headers.insert(RATE_LIMIT.clone(), standing);
        }
    }

    pub fn new(limits: &Limits) -> Self {
        let (minute, quarter, hour) = (Duration::from_secs(60), Duration::from_secs(900), Duration::from_secs(3600));
        Self {
            requests: Quota::new("default", limits.requests_per_minute, minute),
            login_failures_of_account: Quota::new("login_account", limits.login_failures, quarter),
            login_failures_from_address: Quota::new("login_address", limits.login_failures, quarter),
            registrations: Quota::new("registration", limits.registrations_per_hour, hour),
            mails_to_address: Quota::new("mail", 5, hour),
        }
    }
}

/// The address that a request comes from.
#[derive(Clone, Copy, Debug)]
pub struct Address(pub Option<IpAddr>);

impl Address {
    /// Of a request that `trusted` proxies may have handed on.
    pub fn of_request(head: &RequestHead, trusted: &[IpAddr]) -> Self {
        let forwarded_for = head.headers().get_all(&FORWARDED_FOR).filter_map(|value| value.to_str().ok());
        let forwarded_for: Vec<_> = forwarded_for.collect();
        Self::of(head.peer_addr.map(|peer| peer.ip()), forwarded_for.into_iter(), trusted)
    }

    /// Of a connection, of which nothing is read yet.
    pub fn of_peer(peer: Option<IpAddr>) -> Self {
        Self(peer.map(|peer| peer.to_canonical()))
    }

    /// The peer, or where that is a trusted proxy, the nearest address in `X-Forwarded-For` that is not. The header may
    /// come in several lines, which count as one list. An IPv4 address in the clothes of IPv6 is the IPv4 address.
    fn of<'a>(
        peer: Option<IpAddr>,
        forwarded_for: impl DoubleEndedIterator<Item = &'a str>,
        trusted: &[IpAddr],
    ) -> Self {
        let is_trusted = |address: &IpAddr| trusted.iter().any(|trusted| trusted.to_canonical() == *address);
        let Self(peer) = Self::of_peer(peer);
        if !peer.is_some_and(|peer| is_trusted(&peer)) {
            return Self(peer);
        }
        let hops = forwarded_for.rev().flat_map(|line| line.rsplit(','));
        let mut hops = hops.map_while(|hop| Some(hop.trim().parse::<IpAddr>().ok()?.to_canonical()));
        Self(hops.find(|hop| !is_trusted(hop)).or(peer))
    }

    /// A key to count by. An IPv6 subscriber has a whole /64.
    pub fn key(&self) -> String {
        match self.0 {
            Some(IpAddr::V6(address)) => {
                let [a, b, c, d, ..] = address.segments();
                format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
            }
            Some(address) => address.to_string(),
            None => "unknown".into(),
        }
    }
}

impl FromRequest for Address {
    type Error = Problem;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let app = request.app_data::<App>().ok_or_else(|| Problem::internal("no state"));
        ready(app.map(|app| Self::of_request(request.head(), &app.config.trusted_proxies)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quota_ends_and_each_key_has_its_own() {
        let quota = Quota::new("test", 2, Duration::from_secs(60));
        assert!(quota.check(&'a').is_ok());
        assert_eq!(quota.take(&'a').unwrap().remaining, 1);
        assert_eq!(quota.take(&'a').unwrap().remaining, 0);
        assert!(quota.take(&'a').is_err() && quota.check(&'a').is_err());
        assert!(quota.take(&'b').is_ok());
    }

    #[test]
    fn a_window_that_is_over_counts_for_nothing() {
        let quota = Quota::new("test", 1, Duration::from_millis(50));
        assert!(quota.take(&'a').is_ok() && quota.take(&'a').is_err());
        std::thread::sleep(Duration::from_millis(60));
        assert!(quota.check(&'a').is_ok());
        assert_eq!(quota.standing_of(quota.take(&'a').unwrap()), "\"test\";r=0;t=1");
        assert!(quota.take(&'a').is_err());
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let proxy = [ip("10.0.0.1"), ip("10.0.0.2")];
        for (peer, chain, expected) in [
            ("1.2.3.4", &["9.9.9.9"][..], "1.2.3.4"),
            ("10.0.0.1", &[], "10.0.0.1"),
            ("10.0.0.1", &["6.6.6.6, 5.5.5.5"], "5.5.5.5"),
            ("10.0.0.1", &["6.6.6.6, 5.5.5.5, 10.0.0.2"], "5.5.5.5"),
            ("10.0.0.1", &["6.6.6.6", "5.5.5.5", "10.0.0.2"], "5.5.5.5"),
            ("::ffff:10.0.0.1", &["::ffff:5.5.5.5"], "5.5.5.5"),
            ("::ffff:1.2.3.4", &["9.9.9.9"], "1.2.3.4"),
            ("10.0.0.1", &["rubbish"], "10.0.0.1"),
            ("10.0.0.1", &["6.6.6.6, rubbish"], "10.0.0.1"),
        ] {
            let address = Address::of(Some(ip(peer)), chain.iter().copied(), &proxy);
            assert_eq!(address.0, Some(ip(expected)), "{peer} {chain:?}");
        }
        assert_eq!(Address(Some(ip("2001:db8:1:2:3:4:5:6"))).key(), "2001:db8:1:2::/64");
    }
}
