//! What is remembered for a while: bounded in number and in age.

use std::{
    hash::Hash,
    time::{Duration, Instant},
};

use quick_cache::{Equivalent, sync};

/// Values by key. One that is older than `longest` is not given any more; where there are too many, the least used go.
pub struct Cache<K, V> {
    values: sync::Cache<K, (Instant, V)>,
    longest: Duration,
}

impl<K: Eq + Hash + Clone, V: Clone> Cache<K, V> {
    pub fn new(most: usize, longest: Duration) -> Self {
        Self { values: sync::Cache::new(most), longest }
    }

    pub fn get<Q: Hash + Equivalent<K> + ?Sized>(&self, key: &Q) -> Option<V> {
        self.get_at(key, Instant::now())
    }

    /// [`Cache::get`], where the time is known.
    pub fn get_at<Q: Hash + Equivalent<K> + ?Sized>(&self, key: &Q, now: Instant) -> Option<V> {
        let (since, value) = self.values.get(key)?;
        (now.duration_since(since) < self.longest).then_some(value)
    }

    pub fn insert(&self, key: K, value: V) {
        self.insert_since(key, value, Instant::now());
    }

    /// A value that has been good since `since`.
    pub fn insert_since(&self, key: K, value: V, since: Instant) {
        self.values.insert(key, (since, value));
    }

    pub fn remove<Q: Hash + Equivalent<K> + ?Sized>(&self, key: &Q) {
        self.values.remove(key);
    }

    /// Removes every value that `good` does not hold of.
    pub fn retain(&self, good: impl Fn(&V) -> bool) {
        self.values.retain(|_, (_, value)| good(value));
    }

    /// Removes what is too old to be given. Until then it still takes memory.
    pub fn sweep(&self) {
        self.values.retain(|_, (since, _)| since.elapsed() < self.longest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_old_or_was_removed_is_not_given() {
        let cache = Cache::<String, u8>::new(100, Duration::from_secs(60));
        cache.insert("one".into(), 1);
        cache.insert("two".into(), 2);
        cache.insert_since("old".into(), 3, Instant::now() - Duration::from_secs(61));
        assert_eq!(
            (cache.get("one"), cache.get("two"), cache.get("old"), cache.get("none")),
            (Some(1), Some(2), None, None)
        );
        cache.sweep();
        assert_eq!(cache.values.len(), 2);
        cache.remove("one");
        cache.retain(|value| *value != 2);
        assert_eq!((cache.get("one"), cache.get("two")), (None, None));
    }

    #[test]
    fn there_are_never_too_many() {
        let cache = Cache::<u32, u32>::new(10, Duration::from_secs(60));
        (0..1000).for_each(|number| cache.insert(number, number));
        assert!(cache.values.len() <= 10 && cache.get(&999) == Some(999));
    }
}
