//! What makes a wording whole: the items of the instrument, each once, and labels for answers that there are.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    entities::instrument_wording::{Model, StoredItem, StoredItems, StoredLabel},
    problem::Fault,
    psychometrics::{Instrument, Item},
};

/// The wording of an instrument in one language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wording {
    pub language: String,
    /// An administrator imported it; else the instrument's file holds it.
    pub imported: bool,
    /// Who permits the use of one that was imported.
    pub permission: Option<String>,
    pub title: Option<String>,
    /// What each item asks.
    pub items: BTreeMap<String, String>,
    /// What the answers to each item are called, where that is known.
    pub labels: BTreeMap<String, BTreeMap<i64, String>>,
}

impl Wording {
    /// The wording in the instrument's file. None where it has structure alone.
    pub fn bundled(instrument: &Instrument) -> Option<Self> {
        let language = instrument.language.clone().filter(|_| instrument.is_worded())?;
        let labels = |item: &Item| {
            item.choices.iter().filter_map(|choice| Some((choice.value, choice.label.clone()?))).collect()
        };
        Some(Self {
            language,
            imported: false,
            permission: None,
            title: None,
            items: instrument.items.iter().filter_map(|item| Some((item.name.clone(), item.text.clone()?))).collect(),
            labels: instrument.items.iter().map(|item| (item.name.clone(), labels(item))).collect(),
        })
    }

    pub fn text(&self, item: &str) -> Option<&str> {
        self.items.get(item).map(String::as_str)
    }

    pub fn label(&self, item: &str, value: i64) -> Option<&str> {
        self.labels.get(item)?.get(&value).map(String::as_str)
    }
}

impl From<Model> for Wording {
    fn from(row: Model) -> Self {
        let (mut items, mut labels) = (BTreeMap::new(), BTreeMap::new());
        for StoredItem { item, text, options } in row.items.0 {
            labels.insert(item.clone(), options.into_iter().map(|one| (one.value, one.label)).collect());
            items.insert(item, text);
        }
        let permission = Some(row.permission);
        Self { language: row.language, imported: true, permission, title: row.title, items, labels }
    }
}

/// A wording that was sent, whatever its form, with the place of each part.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    pub title: Option<String>,
    pub permission: String,
    pub items: Vec<DraftItem>,
    /// Labels for the answers to every item that has none of its own.
    pub options: Vec<DraftLabel>,
    /// Where its items stand: `/items`.
    pub place: &'static str,
}

#[derive(Clone, Debug)]
pub struct DraftItem {
    pub item: String,
    pub text: String,
    pub options: Vec<DraftLabel>,
    /// Of the name: `/items/3/item`.
    pub place: String,
}

#[derive(Clone, Debug)]
pub struct DraftLabel {
    pub value: i64,
    pub label: String,
    /// Of the value: `/options/2/value`.
    pub place: String,
}

/// The items of a wording, in the order of the instrument.
///
/// # Errors
/// Every item that is missing, unknown or given twice, and every answer that is.
pub fn checked(instrument: &Instrument, draft: &Draft) -> Result<StoredItems, Vec<Fault>> {
    let mut faults = Vec::new();
    let everywhere: BTreeSet<i64> = instrument.items.iter().flat_map(values).collect();
    check_labels(&draft.options, &everywhere, &mut faults);
    let mut seen = BTreeSet::new();
    for sent in &draft.items {
        match instrument.item(&sent.item) {
            None => faults.push(Fault::at(&sent.place, "unknown_item", "must be an item of the instrument")),
            Some(_) if !seen.insert(sent.item.as_str()) => {
                faults.push(Fault::at(&sent.place, "duplicate", "must stand once"));
            }
            Some(item) => check_labels(&sent.options, &values(item).collect(), &mut faults),
        }
    }
    let missing = instrument.items.iter().filter(|item| !seen.contains(item.name.as_str()));
    faults.extend(missing.map(|item| Fault::at(draft.place, "missing_item", format!("must have item {}", item.name))));
    if !faults.is_empty() {
        return Err(faults);
    }
    Ok(StoredItems(instrument.items.iter().filter_map(|item| stored(item, draft)).collect()))
}

fn stored(item: &Item, draft: &Draft) -> Option<StoredItem> {
    let sent = draft.items.iter().find(|sent| sent.item == item.name)?;
    let labels = if sent.options.is_empty() { &draft.options } else { &sent.options };
    let label = |value: i64| {
        let sent = labels.iter().find(|one| one.value == value)?;
        Some(StoredLabel { value, label: sent.label.clone() })
    };
    let options = values(item).filter_map(label).collect();
    Some(StoredItem { item: item.name.clone(), text: sent.text.clone(), options })
}

fn values(item: &Item) -> impl Iterator<Item = i64> {
    item.choices.iter().map(|choice| choice.value)
}

fn check_labels(labels: &[DraftLabel], known: &BTreeSet<i64>, faults: &mut Vec<Fault>) {
    let mut seen = BTreeSet::new();
    for label in labels {
        if !known.contains(&label.value) {
            let known: Vec<_> = known.iter().map(ToString::to_string).collect();
            let words = format!("must be one of: {}", known.join(", "));
            faults.push(Fault::at(&label.place, "unknown_value", words));
        } else if !seen.insert(label.value) {
            faults.push(Fault::at(&label.place, "duplicate", "must stand once"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::psychometrics::Catalogue;

    fn draft(items: &[&str], own: &[i64], common: &[i64]) -> Draft {
        let label = |(at, value): (usize, &i64)| DraftLabel {
            value: *value,
            label: format!("label {value}"),
            place: format!("/options/{at}/value"),
        };
        let item = |(at, name): (usize, &&str)| DraftItem {
            item: (*name).to_owned(),
            text: format!("text {name}"),
            options: own.iter().enumerate().map(label).collect(),
            place: format!("/items/{at}/item"),
        };
        Draft {
            items: items.iter().enumerate().map(item).collect(),
            options: common.iter().enumerate().map(label).collect(),
            place: "/items",
            ..Draft::default()
        }
    }

    #[test]
    fn a_wording_has_every_item_once_and_no_other() {
        let catalogue = Catalogue::load(None).unwrap();
        let instrument = catalogue.newest("ucla-3").unwrap();
        for (items, own, common, found) in [
            (&["1", "2", "3"][..], &[][..], &[][..], &[][..]),
            (&["3", "1", "2"], &[], &[1, 2, 3], &[]),
            (&["1", "2", "3"], &[1, 3], &[], &[]),
            (&["1", "2"], &[], &[], &[("#/items", "missing_item")]),
            (&["1", "2", "3", "4"], &[], &[], &[("#/items/3/item", "unknown_item")]),
            (&["1", "2", "3", "1"], &[], &[], &[("#/items/3/item", "duplicate")]),
            (&["1", "2", "3"], &[], &[1, 4], &[("#/options/1/value", "unknown_value")]),
            (&["1", "2", "3"], &[], &[1, 1], &[("#/options/1/value", "duplicate")]),
        ] {
            let faults = checked(instrument, &draft(items, own, common)).err().unwrap_or_default();
            let faults: Vec<_> = faults.iter().map(|fault| (fault.pointer.as_deref().unwrap(), &*fault.code)).collect();
            assert_eq!(faults, found, "{items:?} {own:?} {common:?}");
        }
    }

    #[test]
    fn items_come_in_the_order_of_the_instrument_with_their_own_labels_or_the_common_ones() {
        let catalogue = Catalogue::load(None).unwrap();
        let instrument = catalogue.newest("ucla-3").unwrap();
        let stored = checked(instrument, &draft(&["3", "1", "2"], &[], &[3, 1])).unwrap();
        let names: Vec<_> = stored.0.iter().map(|item| item.item.as_str()).collect();
        assert_eq!(names, ["1", "2", "3"]);
        assert!(stored.0.iter().all(|item| item.options.iter().map(|one| one.value).eq([1, 3])));
        let own = checked(instrument, &draft(&["1", "2", "3"], &[2], &[1])).unwrap();
        assert!(own.0.iter().all(|item| item.options.iter().map(|one| one.value).eq([2])));
    }
}
