//! Whose turn it is.

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// When somebody last led and last presented, at meetings that were held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lasts {
    pub facilitated_at: Option<DateTime<Utc>>,
    pub presented_at: Option<DateTime<Utc>>,
}

/// What decides when it is somebody's turn to lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    pub membership_id: Uuid,
    pub joined_at: DateTime<Utc>,
    pub facilitated_at: Option<DateTime<Utc>>,
}

/// Whose turn it is to lead: whoever has not led for longest, those first who never have; among these whoever joined
/// first.
pub fn facilitator(who: impl Iterator<Item = Turn>) -> Option<Uuid> {
    who.min_by_key(|turn| (turn.facilitated_at, turn.joined_at, turn.membership_id)).map(|turn| turn.membership_id)
}

/// Somebody who wishes to present.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    pub request_id: Uuid,
    pub membership_id: Uuid,
    pub urgent: bool,
    pub asked_at: DateTime<Utc>,
}

/// The queue in the order of its turns: what is urgent first, then whoever has not presented for longest, those first
/// who never have, then whoever asked first.
pub fn in_order(queue: &[Asked], presented_at: impl Fn(Uuid) -> Option<DateTime<Utc>>) -> Vec<Asked> {
    let mut queue = queue.to_vec();
    queue.sort_by_key(|asked| (!asked.urgent, presented_at(asked.membership_id), asked.asked_at, asked.request_id));
    queue
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rotation::rules::samples::{ANA, BEN, CHI, DEE, at};

    #[test]
    fn who_has_not_led_for_longest_leads() {
        let turn = |id, joined, led: Option<&str>| Turn {
            membership_id: id,
            joined_at: at(joined),
            facilitated_at: led.map(at),
        };
        let all = [
            turn(ANA, "2026-01-05", None),
            turn(BEN, "2026-01-05", Some("2026-06-02")),
            turn(CHI, "2026-02-01", Some("2026-05-05")),
            turn(DEE, "2026-03-01", None),
        ];
        for (out, expected) in [
            (&[][..], Some(ANA)),
            (&[ANA], Some(DEE)),
            (&[ANA, DEE], Some(CHI)),
            (&[ANA, DEE, CHI], Some(BEN)),
            (&[ANA, BEN, CHI, DEE], None),
        ] {
            for rotated in 0..all.len() {
                let mut all = all;
                all.rotate_left(rotated);
                let there = all.into_iter().filter(|turn| !out.contains(&turn.membership_id));
                assert_eq!(facilitator(there), expected, "without {out:?}");
            }
        }
        let same = [turn(BEN, "2026-01-05", None), turn(ANA, "2026-01-05", None)];
        assert_eq!(facilitator(same.into_iter()), Some(ANA), "joined at once: by id");
    }

    #[test]
    fn the_queue_goes_by_urgency_then_by_how_long_ago_then_by_when_they_asked() {
        let asked = |id: Uuid, urgent, day| Asked { request_id: id, membership_id: id, urgent, asked_at: at(day) };
        let presented = |id| match id {
            ANA => Some(at("2026-05-05")),
            BEN => Some(at("2026-04-05")),
            _ => None,
        };
        for (queue, expected) in [
            (vec![asked(ANA, false, "2026-06-01"), asked(BEN, false, "2026-06-02")], vec![BEN, ANA]),
            (vec![asked(ANA, true, "2026-06-03"), asked(BEN, false, "2026-06-02")], vec![ANA, BEN]),
            (vec![asked(BEN, false, "2026-06-01"), asked(CHI, false, "2026-06-09")], vec![CHI, BEN]),
            (vec![asked(DEE, false, "2026-06-09"), asked(CHI, false, "2026-06-10")], vec![DEE, CHI]),
            (vec![asked(ANA, true, "2026-06-01"), asked(DEE, true, "2026-06-09")], vec![DEE, ANA]),
        ] {
            let order: Vec<_> = in_order(&queue, presented).iter().map(|asked| asked.membership_id).collect();
            assert_eq!(order, expected, "{queue:?}");
        }
    }
}
