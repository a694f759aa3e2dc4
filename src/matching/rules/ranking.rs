//! The best of many, without keeping or sorting the others.

use std::{cmp::Reverse, collections::BinaryHeap};

use uuid::Uuid;

/// The order of a ranking: by score, the highest first, then by id.
type Place = (Reverse<i64>, Uuid);

/// Somebody in a ranking; the score in hundredths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ranked<T> {
    pub score: i64,
    pub id: Uuid,
    pub item: T,
}

/// The first few after a place.
pub struct Ranking<T> {
    keep: usize,
    after: Option<Place>,
    best: BinaryHeap<Entry<T>>,
    /// How many were ranked, before the place too.
    pub total: u64,
}

struct Entry<T>(Place, T);

impl<T> Ranking<T> {
    /// Keeps `keep` of those after `after`.
    pub fn new(keep: usize, after: Option<(i64, Uuid)>) -> Self {
        let after = after.map(|(score, id)| (Reverse(score), id));
        Self { keep, after, best: BinaryHeap::with_capacity(keep + 1), total: 0 }
    }

    pub fn offer(&mut self, score: i64, id: Uuid, item: T) {
        self.total += 1;
        let place = (Reverse(score), id);
        let is_before = self.after.is_some_and(|after| place <= after);
        let is_worse = self.best.len() >= self.keep && self.best.peek().is_none_or(|worst| place >= worst.0);
        if is_before || is_worse {
            return;
        }
        self.best.push(Entry(place, item));
        if self.best.len() > self.keep {
            self.best.pop();
        }
    }

    /// Those that were kept, in order.
    pub fn finish(self) -> Vec<Ranked<T>> {
        let ranked = |Entry((Reverse(score), id), item)| Ranked { score, id, item };
        self.best.into_sorted_vec().into_iter().map(ranked).collect()
    }
}

impl<T> PartialEq for Entry<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<T> Eq for Entry<T> {}

impl<T> PartialOrd for Entry<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Entry<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn pages_put_together_are_the_sorted_whole(
            scores in prop::collection::vec(0i64..5, 0..40),
            keep in 1usize..7,
        ) {
            let all: Vec<_> = scores.iter().enumerate().map(|(at, score)| (*score, Uuid::from_u128(at as u128))).collect();
            let mut sorted = all.clone();
            sorted.sort_by_key(|(score, id)| (Reverse(*score), *id));
            let (mut paged, mut after) = (Vec::new(), None);
            loop {
                let mut ranking = Ranking::new(keep, after);
                all.iter().for_each(|(score, id)| ranking.offer(*score, *id, ()));
                prop_assert_eq!(ranking.total, all.len() as u64);
                let page: Vec<_> = ranking.finish().into_iter().map(|one| (one.score, one.id)).collect();
                prop_assert!(page.len() <= keep);
                let Some(last) = page.last() else { break };
                after = Some(*last);
                paged.extend(page);
            }
            prop_assert_eq!(paged, sorted);
        }
    }
}
